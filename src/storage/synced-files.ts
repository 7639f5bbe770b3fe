/**
 * The files of the embedded database, with the fsync that PGlite lacks: without it the engine takes for written what
 * the operating system still holds in memory.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeFS } from '@electric-sql/pglite/nodefs'

type Options = Parameters<NodeFS['init']>[1]
type EngineModule = Parameters<NonNullable<Options['preRun']>[number]>[0]

/** What this file needs of Emscripten's file system over Node, which PGlite's types do not describe. */
interface NodeFiles {
  readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number }
  /** Turns an error of Node into one that Postgres reads as errno. */
  tryFSOperation<T>(operation: () => T): T
}

export class SyncedFiles extends NodeFS {
  override async init(...[pg, options]: Parameters<NodeFS['init']>) {
    const { emscriptenOpts } = await super.init(pg, options)
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addFsync] } }
  }
}

function addFsync({ NODEFS }: EngineModule): void {
  const files = NODEFS as unknown as NodeFiles
  files.stream_ops.fsync = ({ nfd }) =>
    files.tryFSOperation(() => {
      fsyncSync(nfd)
      return 0
    })
}

/** Syncs a folder that was written without fsync, and all that is in it. */
export async function syncFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) syncDirectory(path)
    else syncFile(path, 'r+')
  }
  syncDirectory(folder)
}

/** Makes the names in it last. Windows does so by itself, and opens no directory. */
export function syncDirectory(path: string): void {
  if (process.platform !== 'win32') syncFile(path, 'r')
}

function syncFile(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
