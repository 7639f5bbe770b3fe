/** Edits a space as rows of parameters, and says at once what is wrong with one. */

export const TYPES = ['float', 'int', 'categorical', 'ordinal', 'bool'] as const
type Type = (typeof TYPES)[number]

/** A row as it is typed. */
export interface ParameterDraft {
  readonly name: string
  readonly type: Type
  readonly low: string
  readonly high: string
  readonly log: boolean
  readonly choices: string
}

export function emptyParameter(): ParameterDraft {
  return { name: '', type: 'float', low: '', high: '', log: false, choices: '' }
}

/** The space of the rows, and for each row that is wrong why. Whether the space makes sense as a whole, the service says. */
export function spaceOf(drafts: readonly ParameterDraft[]): {
  readonly space: { readonly parameters: Readonly<Record<string, unknown>> }
  readonly faults: ReadonlyMap<number, string>
} {
  const faults = new Map<number, string>()
  const names = drafts.map(({ name }) => name)
  drafts.forEach((draft, i) => {
    const fault = faultOf(draft) ?? (names.indexOf(draft.name) < i ? 'this name is taken' : undefined)
    if (fault) faults.set(i, fault)
  })
  return {
    space: { parameters: Object.fromEntries(drafts.map((draft) => [draft.name, specOf(draft)])) },
    faults,
  }
}

function faultOf({ name, type, low, high, log, choices }: ParameterDraft): string | undefined {
  if (!/^[A-Za-z_](?:[./:-]?[A-Za-z0-9_])*$/.test(name))
    return 'a name: a letter or _, then letters, digits and _; between them a single . - / or :'
  if (type === 'bool') return undefined
  if (type === 'categorical' || type === 'ordinal')
    return choicesOf(choices).length < 2 ? 'at least two values, separated by commas' : undefined
  const [least, most] = [Number(low), Number(high)]
  if (low.trim() === '' || high.trim() === '' || Number.isNaN(least) || Number.isNaN(most))
    return 'two numbers: from and to'
  if (type === 'int' && !(Number.isInteger(least) && Number.isInteger(most))) return 'whole numbers'
  if (least >= most) return 'from is to be less than to'
  return log && least <= 0 ? 'a log scale begins above zero' : undefined
}

function specOf({ type, low, high, log, choices }: ParameterDraft): object {
  if (type === 'bool') return { type }
  if (type === 'categorical' || type === 'ordinal') return { type, choices: choicesOf(choices) }
  return { type, low: Number(low), high: Number(high), ...(log && { log }) }
}

function choicesOf(text: string): (string | number)[] {
  return text
    .split(',')
    .map((choice) => choice.trim())
    .filter(Boolean)
    .map((choice) => (Number.isNaN(Number(choice)) ? choice : Number(choice)))
}

export function SpaceEditor({
  drafts,
  faults,
  onChange,
}: {
  readonly drafts: readonly ParameterDraft[]
  readonly faults: ReadonlyMap<number, string>
  readonly onChange: (drafts: readonly ParameterDraft[]) => void
}) {
  const change = (i: number, part: Partial<ParameterDraft>) =>
    onChange(drafts.map((draft, k) => (k === i ? { ...draft, ...part } : draft)))
  return (
    <>
      {drafts.map((draft, i) => (
        <ParameterRow
          key={i}
          draft={draft}
          index={i}
          fault={faults.get(i)}
          change={(part) => change(i, part)}
          remove={() => onChange(drafts.filter((_, k) => k !== i))}
        />
      ))}
      <button type="button" onClick={() => onChange([...drafts, emptyParameter()])}>
        add a parameter
      </button>
    </>
  )
}

/** Nothing was typed yet: what is missing is then a hint. */
function untouched({ name, low, high, choices }: ParameterDraft): boolean {
  return name + low + high + choices === ''
}

function ParameterRow({
  draft,
  index,
  fault,
  change,
  remove,
}: {
  readonly draft: ParameterDraft
  readonly index: number
  readonly fault: string | undefined
  readonly change: (part: Partial<ParameterDraft>) => void
  readonly remove: () => void
}) {
  const { name, type, low, high, log, choices } = draft
  const listed = type === 'categorical' || type === 'ordinal'
  const field = (label: string, value: string, key: keyof ParameterDraft) => (
    <label>
      {label}
      <input value={value} onInput={(event) => change({ [key]: event.currentTarget.value })} />
    </label>
  )
  return (
    <div class="parameter" role="group" aria-label={`Parameter ${index + 1}`}>
      {field('Name', name, 'name')}
      <label>
        Type
        <select value={type} onChange={(event) => change({ type: event.currentTarget.value as Type })}>
          {TYPES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      {listed && field('Values', choices, 'choices')}
      {!listed && type !== 'bool' && (
        <>
          {field('From', low, 'low')}
          {field('To', high, 'high')}
          <label class="choice">
            <input
              type="checkbox"
              checked={log}
              onChange={(event) => change({ log: event.currentTarget.checked })}
            />{' '}
            log
          </label>
        </>
      )}
      <button type="button" onClick={remove} aria-label={`Remove parameter ${index + 1}`}>
        ×
      </button>
      {fault && <small class={untouched(draft) ? 'soft' : 'fault'}>{fault}</small>}
    </div>
  )
}
