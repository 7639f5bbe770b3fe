/** Where an interpreter has its files, which a confined program must see if they are not the system's. */
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'

export interface Runtime {
  /** The program itself, behind any launcher script on the PATH. */
  readonly program: string
  readonly folders: readonly string[]
}

const known = new Map<string, Promise<Runtime>>()
const ASK_PYTHON = 'import sys; print(sys.executable, sys.prefix, sys.base_prefix, sep="\\n")'

export function runtimeOf(program: string): Promise<Runtime> {
  const runtime = known.get(program) ?? findRuntime(program)
  known.set(program, runtime)
  runtime.catch(() => known.delete(program))
  return runtime
}

async function findRuntime(program: string): Promise<Runtime> {
  const path = isAbsolute(program) ? program : await onPath(program)
  if (path === undefined) return { program, folders: [] }
  if (/\/python[\d.]*$/.test(path)) return pythonRuntime(path)
  return { program: path, folders: isOfSystem(path) ? [] : [dirname(path)] }
}

async function pythonRuntime(path: string): Promise<Runtime> {
  const { stdout } = await promisify(execFile)(path, ['-c', ASK_PYTHON])
  const [executable, ...prefixes] = stdout.trim().split('\n')
  return { program: executable!, folders: [...new Set(prefixes)].filter((folder) => !isOfSystem(folder)) }
}

function isOfSystem(path: string): boolean {
  return /^\/(usr|bin|sbin|lib\w*)(\/|$)/.test(path)
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}
