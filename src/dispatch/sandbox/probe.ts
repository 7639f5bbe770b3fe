/** Whether this machine can confine a program: tried, since what a kernel or a container forbids shows only then. */
import { execFile } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { confine, isRoot, SANDBOX_USER } from './bubblewrap.js'

const MOST_MS = 20_000
/** The first with --disable-userns. */
const OLDEST_BUBBLEWRAP = '0.8'
const PROGRAMS = { bwrap: 'bubblewrap', setpriv: 'util-linux', prlimit: 'util-linux', env: 'coreutils' }

let found: Promise<string | undefined> | undefined

/** Undefined where it can; otherwise what it lacks. Tried once, and again after a failure. */
export async function whyNoSandbox(): Promise<string | undefined> {
  found ??= tryOut()
  const why = await found
  if (why !== undefined) found = undefined
  return why
}

async function tryOut(): Promise<string | undefined> {
  for (const [program, owner] of Object.entries(PROGRAMS))
    if (!(await runs(program))) return `${program} is not there: install ${owner}`
  const folder = await mkdtemp(join(tmpdir(), 'chiron-sandbox-'))
  if (isRoot()) await chown(folder, SANDBOX_USER, SANDBOX_USER)
  const words = confine({
    folder,
    writesFolder: false,
    readable: [],
    environment: {},
    seesGpus: false,
    diskBytes: 1e6,
  })
  try {
    await promisify(execFile)(words[0]!, [...words.slice(1), 'true'], { timeout: MOST_MS })
    return undefined
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr ?? error).trim()
    const said = lines.split('\n').at(-1)
    if (lines.includes('Unknown option'))
      return `bubblewrap ${OLDEST_BUBBLEWRAP} or newer is needed, and ${await versionOf('bwrap')} is installed (${said})`
    return `bwrap cannot run here (${said}): a container needs the right to make namespaces, and a kernel may forbid them to users`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runs(program: string): Promise<boolean> {
  return (await versionOf(program)) !== undefined
}

/** As it says itself, such as `bubblewrap 0.6.1`; undefined where it cannot be run. */
function versionOf(program: string): Promise<string | undefined> {
  return promisify(execFile)(program, ['--version'], { timeout: MOST_MS }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}
