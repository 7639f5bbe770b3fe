/**
 * The peers' Python environment: made once into .venv/bench-peers from requirements.txt, and brought up to it when
 * that changes. A package that does not install is named with pip's reason, and the others still are.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { interpreterOf, runToEnd } from '../../src/dispatch/profiles/python-environment.js'
import { fromRoot } from '../../src/root.js'

export interface Peers {
  /** The environment's interpreter; absent where there is no environment. */
  readonly python?: string
  /** Of what is installed, Python itself included. */
  readonly versions: Readonly<Record<string, string>>
  /** Why a package is not there. */
  lacks(name: string): string | undefined
}

const folder = fromRoot('.venv/bench-peers')
const python = interpreterOf('bench-peers')
const record = join(folder, 'installed.json')
const requirementsFile = fromRoot('bench/peers/requirements.txt')

interface Installed {
  readonly requirements: string
  readonly python: string
  readonly failures: Readonly<Record<string, string>>
}

export async function openPeers(say: (line: string) => void): Promise<Peers> {
  const requirements = readRequirements()
  const wanted = createHash('sha256').update(JSON.stringify(requirements)).digest('hex')
  const found = readInstalled()
  if (found?.requirements === wanted) return peers(found)
  try {
    return peers(await install(requirements, wanted, say))
  } catch (error) {
    const because = `no Python environment: ${(error as Error).message}`
    say(because)
    return { versions: {}, lacks: () => because }
  }
}

export interface Requirement {
  readonly name: string
  readonly version: string
}

export function readRequirements(): Requirement[] {
  const lines = readFileSync(requirementsFile, 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, name, version] = /^([\w-]+)==(\S+)$/.exec(line.trim()) ?? []
    return name && version ? [{ name, version }] : []
  })
}

function readInstalled(): Installed | undefined {
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : undefined
}

function peers({ python: version, failures }: Installed): Peers {
  const present = readRequirements().filter(({ name }) => !(name in failures))
  return {
    python,
    versions: { python: version, ...Object.fromEntries(present.map(({ name, version }) => [name, version])) },
    lacks(name) {
      return name in failures ? `pip could not install ${name}: ${failures[name]}` : undefined
    },
  }
}

async function install(
  requirements: readonly Requirement[],
  wanted: string,
  say: (line: string) => void,
): Promise<Installed> {
  say('making the peers’ Python environment in .venv/bench-peers: one to five minutes, once')
  await runToEnd(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder])
  const version = await runToEnd(python, ['--version'])
  const failures = await installPackages(requirements)
  for (const [name, because] of Object.entries(failures)) say(`${name} is left out: ${because}`)
  const installed = { requirements: wanted, python: version.trim().replace('Python ', ''), failures }
  writeFileSync(record, JSON.stringify(installed))
  return installed
}

/** All at once, so that pip settles their versions together; one by one where that fails. */
async function installPackages(requirements: readonly Requirement[]): Promise<Record<string, string>> {
  const pip = (...packages: string[]) =>
    runToEnd(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  const pins = requirements.map(({ name, version }) => `${name}==${version}`)
  const failures: Record<string, string> = {}
  try {
    await pip(...pins)
  } catch {
    for (const [i, { name }] of requirements.entries()) {
      await pip(pins[i]!).catch((error: Error) => {
        failures[name] = error.message
      })
    }
  }
  return failures
}
