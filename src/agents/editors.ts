/** Controls that edit without a model. An agent that is not better than these has shown nothing. */
import { stream } from '../../optimizers/rng.js'
import { decode, encode, type Params, repair, type Space, type Value } from '../../search-spaces/index.js'
import type { SCRIPTED_EDITORS } from '../domain/agent.js'
import type { ProgramFiles } from '../domain/program.js'

export type ScriptedEditor = (typeof SCRIPTED_EDITORS)[number]

export interface ScriptedRequest {
  /** The parent's, in Python. */
  readonly files: ProgramFiles
  /** The parent's constants that the space searches; what it lacks has the default of the space. */
  readonly constants: Readonly<Record<string, Value>>
  readonly space: Space
  readonly seed: number
  readonly number: number
}

export type ScriptedEdit =
  | {
      readonly ok: true
      readonly files: ProgramFiles
      /** The index of the seed of its first run. */
      readonly seed: number
      readonly description: string
      readonly category: string
    }
  | { readonly ok: false; readonly message: string }

/**
 * `no-op` and `seed-only` add a comment, so that the program is another one in the ledger and its normal form tells
 * that it is the same.
 */
export function editByScript(kind: ScriptedEditor, request: ScriptedRequest): ScriptedEdit {
  const { files, number } = request
  if (kind === 'constants-only') return editConstants(request)
  const same = kind === 'no-op'
  const marked = addComment(files, `# trial ${number}: ${same ? 'the same program' : 'another seed'}`)
  if (marked === null) return { ok: false, message: 'no editable file ends with .py' }
  return {
    ok: true,
    files: marked,
    seed: same ? 0 : number,
    description: same ? 'the parent again' : `the parent with seed ${number}`,
    category: 'other',
  }
}

function addComment(files: ProgramFiles, comment: string): ProgramFiles | null {
  const path = Object.keys(files)
    .sort()
    .find((one) => one.endsWith('.py'))
  if (path === undefined) return null
  // One mark at a time: the parent has its own where it is such a program itself.
  const bare = files[path]!.replace(/\n?# trial \d+: (the same program|another seed)\n?$/, '')
  return { ...files, [path]: `${withoutBlankEnd(bare)}\n${comment}\n` }
}

function withoutBlankEnd(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}

const STREAM = 0xed1704
/** The standard deviation of a step as a fraction of the range, and the chance that a parameter moves at all. */
const STEP = 0.1
const MOVE_CHANCE = 0.3
const DRAWS = 100

function editConstants(request: ScriptedRequest): ScriptedEdit {
  const { space, seed, number, files, constants } = request
  const rng = stream(seed, number, STREAM)
  const before: Params = { ...space.defaults, ...constants }
  const centre = encode(space, before)
  for (let drawn = 0; drawn < DRAWS; drawn++) {
    const point = space.searched.map((parameter, i) => {
      const at = Number.isNaN(centre[i]!) ? rng.uniform() : centre[i]!
      if (rng.uniform() >= MOVE_CHANCE) return at
      return parameter.numeric ? Math.min(1, Math.max(0, at + STEP * rng.normal())) : rng.uniform()
    })
    const repaired = repair(space, decode(space, point))
    if (!repaired.ok) continue
    const moved = Object.entries(repaired.params).filter(([name, value]) => value !== before[name])
    const changed = moved.length === 0 ? null : setConstants(files, Object.fromEntries(moved))
    if (changed === null) continue
    const description = moved.map(
      ([name, value]) => `${name} ${shortValue(before[name])} → ${shortValue(value)}`,
    )
    return {
      ok: true,
      files: changed,
      seed: 0,
      description: description.join(', '),
      category: 'hyperparameter',
    }
  }
  return { ok: false, message: 'no constant of the space stands in the program as NAME = value on one line' }
}

/** Null where none of the constants stands in the files, or all have these values already. */
export function setConstants(
  files: ProgramFiles,
  values: Readonly<Record<string, Value>>,
): ProgramFiles | null {
  let changed = false
  const edited = Object.entries(files).map(([path, text]) => {
    if (!path.endsWith('.py')) return [path, text] as const
    let own = text
    for (const [name, value] of Object.entries(values)) own = setConstant(own, name, value)
    changed ||= own !== text
    return [path, own] as const
  })
  return changed ? Object.fromEntries(edited) : null
}

/** An assignment at the top level, on one line, with its annotation and its comment kept. */
function setConstant(text: string, name: string, value: Value): string {
  if (!/^[A-Z][A-Z0-9_]*$/.test(name)) return text
  const line = new RegExp(
    `^(${name}[ \\t]*(?::[^=\\n]*)?=[ \\t]*)("[^"\\n]*"|'[^'\\n]*'|[^#"'\\n]*?)([ \\t]*(?:#.*)?)$`,
    'm',
  )
  return text.replace(
    line,
    (_, head: string, _old: string, rest: string) => `${head}${pythonLiteral(value)}${rest}`,
  )
}

function pythonLiteral(value: Value): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return JSON.stringify(value)
}

function shortValue(value: Value | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)
}
