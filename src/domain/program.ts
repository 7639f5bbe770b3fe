/** A program: the editable files of a task as one version of them, known by the hash of its content. */
import { createHash } from 'node:crypto'
import type { Value } from '../../search-spaces/index.js'

/** Texts by path, relative to the folder of the task. */
export type ProgramFiles = Readonly<Record<string, string>>

export interface Program {
  readonly hash: string
  readonly files: ProgramFiles
}

/** What reading a program without running it tells. */
export type Inspection =
  | {
      readonly ok: true
      /** The hash of the program's normal form: equal for programs that differ in comments and layout alone. */
      readonly normal: string
      /** Its ALL_CAPS constants that the task's space searches, as they stand in the source. */
      readonly constants: Readonly<Record<string, Value>>
      /** What a reader should know, such as a seed that is set or a clock that is read. It refuses nothing. */
      readonly advice: readonly string[]
    }
  | {
      readonly ok: false
      readonly problem: 'syntax' | 'locked_name' | 'missing_name' | 'import' | 'too_large'
      readonly file: string
      readonly line: number | null
      readonly message: string
    }

/** A run of seconds before a program may use a GPU. */
export type SmokeResult =
  | { readonly ok: true; readonly seconds: number }
  | { readonly ok: false; readonly outcome: string; readonly message: string; readonly tail: string }

/** The same for the same paths and texts, whatever their order. */
export function programHash(files: ProgramFiles): string {
  const digest = createHash('sha256')
  for (const path of Object.keys(files).sort()) {
    const text = Buffer.from(files[path]!)
    digest.update(`${path}\0${text.length}\0`).update(text)
  }
  return digest.digest('hex')
}
