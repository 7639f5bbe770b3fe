/**
 * A Python environment that Chiron makes for itself: .venv/NAME, from a file of requirements, once, and again when that file
 * changes. Of several processes that want it at the same time one makes it and the others wait.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { Fault } from '../../faults.js'
import { fromRoot } from '../../root.js'

/** The interpreter; of an environment that may not have been made yet. */
export function interpreterOf(name: string): string {
  return fromRoot(`.venv/${name}/bin/python`)
}

export async function makeEnvironment(
  name: string,
  requirements: string,
  say: (line: string) => void,
): Promise<string> {
  const folder = fromRoot(`.venv/${name}`)
  await mkdir(folder, { recursive: true })
  const release = await lock(folder, {
    lockfilePath: `${folder}.lock`,
    stale: 20_000,
    retries: { retries: 1200, minTimeout: 500, maxTimeout: 500 },
  })
  try {
    await installRequirements(folder, name, requirements, say)
  } finally {
    await release()
  }
  return interpreterOf(name)
}

async function installRequirements(
  folder: string,
  name: string,
  requirements: string,
  say: (line: string) => void,
): Promise<void> {
  const record = join(folder, 'installed')
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  if (existsSync(record) && (await readFile(record, 'utf8')) === wanted) return
  say(`making the Python environment .venv/${name}: one to five minutes, once`)
  await runToEnd('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
  await runToEnd(interpreterOf(name), pip)
  await writeFile(record, wanted)
}

/** Runs to its end, for what it printed; rejects with what it gave as its reason: the line that says ERROR, else its last one. */
export function runToEnd(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [printed, said] = ['', '']
    child.stdout.on('data', (chunk) => (printed += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    const fail = (why: string) =>
      reject(new Fault('invalid_request', `${command} ${args.slice(0, 3).join(' ')} failed: ${why}`))
    child.on('error', (error) => fail(error.message))
    child.on('close', (code) => {
      if (code === 0) return resolve(printed)
      const lines = (said || printed).trim().split('\n')
      fail(lines.findLast((line) => line.startsWith('ERROR')) || lines.at(-1) || `it ended with ${code}`)
    })
  })
}
