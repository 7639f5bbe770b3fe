/**
 * Makes a checkout ready to run: installs the packages of package-lock.json, and builds the TypeScript, and the page of web/,
 * into dist/.
 * It does nothing if both are up to date, or in an installed package, which has no sources.
 *
 * It uses only Node, because it runs before packages are installed, and only syntax that old versions of Node parse, so that it
 * can name the version it needs. It writes to stderr, because stdout belongs to the command that follows.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endBy, Interrupted, run } from './child.mjs'
import { withLock } from './lock.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...path) => join(root, ...path)

class NotReady extends Error {}

/** Ends the process with a message on failure. `tools`: install the development packages too (tests, linter). */
export async function ready({ tools = false } = {}) {
  try {
    requireNode()
    if (!existsSync(at('tsconfig.build.json'))) return
    if (isBuilt() && isInstalled(tools)) return
    await withLock(at('.ready.lock'), (adopt) => makeReady(tools, adopt), sayWhoWorks)
  } catch (error) {
    if (error instanceof Interrupted) return endBy(error.signal)
    if (!(error instanceof NotReady) && !error.code) throw error
    say(error.message)
    process.exit(1)
  }
}

/** Checks again what is missing, because the previous holder of the lock may have made it. */
async function makeReady(tools, adopt) {
  const built = isBuilt()
  if (!isInstalled(tools || !built)) await install(adopt)
  if (!built) await build(adopt)
}

function requireNode() {
  const wanted = readJson('package.json').engines.node.replace('>=', '')
  const [major, minor] = wanted.split('.').map(Number)
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number)
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return
  throw new NotReady(`Node ${wanted} or newer is needed; ${process.execPath} is ${process.versions.node}`)
}

/**
 * npm writes node_modules/.package-lock.json at the end of an install, so it lists what is really installed.
 * Without `tools`, development packages may be missing: `npm ci --omit=dev` is enough to run, but not to build.
 */
function isInstalled(tools) {
  if (!existsSync(at('node_modules', '.package-lock.json'))) return false
  const wanted = existsSync(at('package-lock.json')) ? readJson('package-lock.json').packages : {}
  const found = readJson('node_modules', '.package-lock.json').packages
  return Object.keys(wanted).every((path) => {
    const { dev, optional, devOptional, version, integrity } = wanted[path]
    if (path === '') return true
    if (!(path in found)) return optional || devOptional || (dev && !tools)
    return found[path].version === version && found[path].integrity === integrity
  })
}

function isBuilt() {
  return existsSync(at('dist', '.stamp')) && readFileSync(at('dist', '.stamp'), 'utf8') === fingerprint()
}

async function install(adopt) {
  const command = existsSync(at('package-lock.json')) ? 'ci' : 'install'
  const line = `installing the packages that it needs (npm ${command}): half a minute, as a rule`
  // Without the first flag, NODE_ENV=production leaves the compiler out.
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const [program, args] = npm(command, ...flags)
  const code = await run(program, args, child(line, adopt)).catch((error) => {
    throw error.code === 'ENOENT' ? new NotReady('npm is needed, and is not on the PATH') : error
  })
  if (code !== 0) throw new NotReady(`npm ${command} failed: what it said is above`)
}

/** Builds into a temporary folder that replaces dist/ at the end, so that a failed build leaves dist/ unchanged. */
async function build(adopt) {
  const stamp = fingerprint()
  remove('dist.new')
  const tsc = ['typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', 'dist.new']
  await runTool(tsc, 'building dist/: ten seconds, as a rule', adopt)
  const vite = ['vite/bin/vite.js', 'build', 'web', '--outDir', at('dist.new', 'web'), '--logLevel', 'warn']
  if (existsSync(at('web'))) await runTool(vite, 'building the page', adopt)
  writeFileSync(at('dist.new', '.stamp'), stamp)
  remove('dist.old')
  if (existsSync(at('dist'))) renameSync(at('dist'), at('dist.old'))
  renameSync(at('dist.new'), at('dist'))
  remove('dist.old')
}

async function runTool([program, ...args], announcement, adopt) {
  const code = await run(process.execPath, [at('node_modules', program), ...args], child(announcement, adopt))
  if (code === 0) return
  remove('dist.new')
  throw new NotReady('the build failed: what the compiler said is above')
}

/** A digest of every file in this checkout that the builds read. */
function fingerprint() {
  const hash = createHash('sha256')
  const folders = [...readJson('tsconfig.build.json').include, 'web'].filter((folder) =>
    existsSync(at(folder)),
  )
  for (const file of ['tsconfig.json', 'tsconfig.build.json', ...folders.flatMap(sources)]) {
    const content = readFileSync(at(file))
    hash.update(`${file}\n${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

function sources(folder) {
  const entries = readdirSync(at(folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return /^(\..*|node_modules|results)$/.test(entry.name) ? [] : sources(path)
    return /\.(tsx?|json|css|html|svg)$/.test(entry.name) ? [path] : []
  })
}

/** The child shares the lock and writes to stderr. It is announced only when signals are already forwarded to it. */
function child(announcement, adopt) {
  const started = (pid) => {
    adopt(pid)
    say(announcement)
  }
  return { cwd: root, stdio: ['ignore', 2, 2], started }
}

/** The npm that runs this script, if there is one. */
function npm(...args) {
  const running = process.env.npm_execpath || ''
  if (basename(running) === 'npm-cli.js') return [process.execPath, [running, ...args]]
  return ['npm', args]
}

function remove(folder) {
  rmSync(at(folder), { recursive: true, force: true })
}

function readJson(...path) {
  return JSON.parse(readFileSync(at(...path), 'utf8'))
}

function sayWhoWorks(pid) {
  say(`another process (${pid}) is making this checkout ready: waiting for it`)
}

function say(line) {
  process.stderr.write(`chiron: ${line}\n`)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await ready()
