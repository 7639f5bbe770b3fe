/**
 * Makes a Python environment, .venv/NAME, from a file of requirements: once, and again when that file changes. Where
 * several processes need it at the same time, one makes it and the others wait.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../faults.js'
import { lockFile } from '../../file-lock.js'
import { fromRoot } from '../../root.js'

const LONGEST_MAKING_MS = 600_000

/** The interpreter of an environment, which may not have been made yet. */
export function interpreterOf(name: string): string {
  return fromRoot(`.venv/${name}/bin/python`)
}

export async function makeEnvironment(
  name: string,
  requirements: string,
  log: (line: string) => void,
): Promise<string> {
  const folder = fromRoot(`.venv/${name}`)
  await mkdir(folder, { recursive: true })
  const unlock = await lockFile(join(folder, 'making.lock'), LONGEST_MAKING_MS)
  if (unlock === undefined)
    throw new Fault('internal', `Another process still makes the environment ${folder}`)
  try {
    await installRequirements(folder, name, requirements, log)
  } finally {
    unlock()
  }
  return interpreterOf(name)
}

async function installRequirements(
  folder: string,
  name: string,
  requirements: string,
  log: (line: string) => void,
): Promise<void> {
  const record = join(folder, 'installed')
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  if (existsSync(record) && (await readFile(record, 'utf8')) === wanted) return
  log(`making the Python environment .venv/${name}: one to five minutes, once`)
  await runToEnd('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
  await runToEnd(interpreterOf(name), pip)
  await writeFile(record, wanted)
}

/**
 * Runs a program and resolves to what it printed; rejects with its last line that begins with ERROR, or else its last
 * line.
 */
export function runToEnd(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [printed, warned] = ['', '']
    child.stdout.on('data', (chunk) => (printed += chunk))
    child.stderr.on('data', (chunk) => (warned += chunk))
    const fail = (why: string) =>
      reject(new Fault('invalid_request', `${command} ${args.slice(0, 3).join(' ')} failed: ${why}`))
    child.on('error', (error) => fail(error.message))
    child.on('close', (code) => {
      if (code === 0) return resolve(printed)
      const lines = (warned || printed).trim().split('\n')
      fail(lines.findLast((line) => line.startsWith('ERROR')) || lines.at(-1) || `it ended with ${code}`)
    })
  })
}
