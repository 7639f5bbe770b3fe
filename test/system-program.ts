/**
 * Programs of the system that some tests need. CI installs those that are missing; elsewhere their tests are left out, and say so.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The first of these names that is on the PATH. */
export function findProgram(names: readonly string[], debianPackage: string): string | undefined {
  const found = onPath(names)
  if (found !== undefined || !process.env.CI) return found
  installPackage(debianPackage)
  const now = onPath(names)
  if (now === undefined) throw new Error(`Under CI the tests need ${debianPackage}`)
  return now
}

function onPath(names: readonly string[]): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
}

export function installPackage(name: string): void {
  const apt = (...args: string[]) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-qq', ...args]
    if (process.getuid?.() !== 0) command.unshift('sudo', '-n')
    execFileSync(command[0]!, command.slice(1), { stdio: ['ignore', 2, 2] })
  }
  apt('update')
  apt('install', '--no-install-recommends', name)
}
