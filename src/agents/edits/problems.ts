/** The edits that an answer holds, and everything that can be wrong with them. */

export type Edit =
  | {
      readonly kind: 'replace'
      /** Null where the answer names no file: it is the only editable one then. */
      readonly path: string | null
      /** Whole lines, each with its end. Those of `replace` may be none. */
      readonly search: string
      readonly replace: string
      /** Its place among the blocks of the answer, from 1. */
      readonly block: number
    }
  | { readonly kind: 'whole'; readonly path: string | null; readonly content: string; readonly block: number }

/** What makes an answer or its edits unusable. Each is told to the model together with its remedy. */
export const EDIT_PROBLEMS = [
  'no_edit',
  'wrong_format',
  'no_description',
  'unclosed',
  'no_divider',
  'second_divider',
  'stray_marker',
  'no_path',
  'empty_search',
  'repeated_file',
  'too_many',
  'too_large',
  'not_text',
  'outside',
  'not_editable',
  'not_found',
  'ambiguous',
  'elided',
  'unchanged',
] as const
export type EditProblem = (typeof EDIT_PROBLEMS)[number]

export interface Refusal {
  readonly ok: false
  readonly problem: EditProblem
  readonly message: string
}

export function refuse(problem: EditProblem, message: string): Refusal {
  return { ok: false, problem, message }
}
