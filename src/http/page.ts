/** Serves the page that people look at: the files that bin/ready.mjs builds from web/ into dist/web. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fromRoot } from '../root.js'
import type { App } from './instance.js'

/** Nothing comes from elsewhere, nothing is evaluated, and no other page may frame it. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
}

interface PageFile {
  readonly type: string
  readonly etag: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

/** The login form is on the page, so its files need no token. The files are few, so they are held in memory. */
export function pageRoutes(app: App, folder = fromRoot('dist/web')): void {
  const files = readFiles(folder)
  const open = { schema: { hide: true }, config: { public: true } } as const
  app.get('/', open, async (request, reply) => {
    const index = files.get('index.html')
    if (index !== undefined) return send(request, reply, index, 'no-cache')
    return reply
      .status(404)
      .type('text/plain')
      .send('The page was not built: node bin/ready.mjs builds it.\n')
  })
  for (const [path, file] of files) {
    if (path === 'index.html') continue
    // The name of an asset has the digest of its content, so what lies under a name never changes.
    const kept = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    app.get(`/${path}`, open, async (request, reply) => send(request, reply, file, kept))
  }
}

function send(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  file: PageFile,
  cacheControl: string,
): FastifyReply {
  void reply
    .header('content-security-policy', PAGE_POLICY)
    .header('cache-control', cacheControl)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
  if (headers['if-none-match'] === file.etag) return reply.status(304).send()
  void reply.type(file.type)
  if (!/\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))) return reply.send(file.plain)
  return reply.header('content-encoding', 'gzip').send(file.zipped)
}

function readFiles(folder: string): Map<string, PageFile> {
  if (!existsSync(folder)) return new Map()
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return new Map(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const plain = readFileSync(path)
      const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
      const type = TYPES[extname(entry.name)] ?? 'application/octet-stream'
      return [
        path.slice(folder.length + 1).replaceAll('\\', '/'),
        { type, etag, plain, zipped: gzipSync(plain) },
      ]
    }),
  )
}
