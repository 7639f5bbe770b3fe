/** Caches measurements in bench/.cache by everything that they depend on, so that an interrupted bench can continue. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fromRoot } from '../src/root.js'

export interface Cache {
  get<Value>(key: object): Value | undefined
  put(key: object, value: unknown): void
}

/** If `resume` is false, earlier measurements are ignored and replaced. */
export function openCache(resume: boolean, folder = fromRoot('bench/.cache')): Cache {
  mkdirSync(folder, { recursive: true })
  const fileOf = (key: object) => join(folder, `${fingerprintOf(JSON.stringify(key))}.json`)
  return {
    get(key) {
      const file = fileOf(key)
      return resume && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).value : undefined
    },
    put(key, value) {
      const file = fileOf(key)
      writeFileSync(`${file}.${process.pid}`, JSON.stringify({ key, value }))
      renameSync(`${file}.${process.pid}`, file)
    },
  }
}

/** A digest of files, and of the TypeScript and JSON in folders, without the folders in `leave`. */
export function fingerprint(paths: readonly string[], leave: readonly string[] = []): string {
  const files = paths.flatMap((path) => filesAt(path, leave))
  return fingerprintOf(
    files.map((file) => `${file}\n${fingerprintOf(readFileSync(fromRoot(file), 'utf8'))}`).join('\n'),
  )
}

function filesAt(path: string, leave: readonly string[]): string[] {
  if (leave.includes(path)) return []
  if (!statSync(fromRoot(path)).isDirectory()) return [path]
  const names = readdirSync(fromRoot(path)).sort()
  const read = names.filter((name) => !name.includes('.') || /\.(ts|json)$/.test(name))
  return read.flatMap((name) => filesAt(`${path}/${name}`, leave))
}

export function fingerprintOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
