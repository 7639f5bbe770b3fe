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

/** A program as a study keeps it. */
export interface StoredProgram extends Program {
  /** Null of the baseline. */
  readonly parent: string | null
  readonly normal: string
  readonly constants: Readonly<Record<string, Value>>
}

/** What an edit changed and who made it. */
export interface ProgramEdit {
  readonly mode: string
  readonly category: string
  readonly description: string
  readonly format: string
  readonly linesChanged: number
  /** Of the whole program. */
  readonly lines: number
  /** Null of an edit by a script. */
  readonly model: string | null
}

/** Which program a trial runs, and how: a part of its proposal. */
export interface TrialProgram {
  readonly hash: string
  readonly parent: string | null
  readonly normal: string
  /** The program's own constants. */
  readonly constants: Readonly<Record<string, Value>>
  /** Whether it runs with these, and not with the trial's parameters. */
  readonly own: boolean
  /** The index of its seed: runs of two programs with the same seed are a pair. */
  readonly seed: number
  /** Of the program's first trial, but for the baseline's. */
  readonly edit?: ProgramEdit
}

/** The seed of a trainer: runs of two programs with the same index are paired, and have the study's own seed where it is 0. */
export function seedOfRun(study: number, index: number): number {
  if (index === 0) return study
  const digest = createHash('sha256').update(`${study}/${index}`).digest()
  return digest.readUInt32BE() & 0x7fffffff
}
