/** Starts a worker thread from a file of this project, from the sources as well as from dist/. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/**
 * `path` is the thread's file without its extension, relative to `base`, the URL of the module that starts it. From the
 * sources (tests, tsx) the thread needs the same loader of TypeScript as its parent.
 */
export function startThread(path: string, base: string, workerData?: unknown): Worker {
  const fromSources = base.endsWith('.ts')
  const file = new URL(`${path}${fromSources ? '.ts' : '.js'}`, base)
  if (!fromSources) return new Worker(file, { workerData })
  const loader = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace('.cjs', '.mjs'),
  ).href
  const code = `import('${loader}').then(({ register }) => { register(); return import('${file.href}') })`
  return new Worker(code, { eval: true, workerData })
}
