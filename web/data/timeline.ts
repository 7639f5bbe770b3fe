/** The attempts of a study: who ran what, from when to when. Read once, and then by what changed. */
import { signal } from '@preact/signals'
import type { Colour } from '../../charts/scene.js'
import { get, studyPath } from '../app/api.js'
import { Table } from './table.js'
import type { Columns, Study } from './types.js'

export const KINDS: readonly { readonly key: string; readonly label: string; readonly colour: Colour }[] = [
  { key: 'complete', label: 'complete', colour: 'c0' },
  { key: 'pruned', label: 'pruned', colour: 'c4' },
  { key: 'failed', label: 'failed', colour: 'bad' },
  { key: 'lost', label: 'lost its lease', colour: 'c3' },
  { key: 'running', label: 'running', colour: 'c2' },
  { key: 'other', label: 'superseded or cancelled', colour: 'muted' },
]

export interface Attempt {
  readonly number: number
  readonly attempt: number
  readonly worker: string
  readonly kind: string
  readonly outcome: string
  /** Hours since the study was created. */
  readonly from: number
  readonly to: number
}

export class Timeline {
  readonly table = new Table('attempts')
  readonly version = signal(0)
  readonly loaded = signal(false)
  readonly fault = signal<unknown>(undefined)
  private seq: number | undefined
  private reading = false

  constructor(private readonly study: string) {}

  async read(): Promise<void> {
    if (this.reading) return
    this.reading = true
    try {
      let seq: number | undefined
      for (let cursor: string | undefined; ; ) {
        const query = new URLSearchParams({
          ...(this.seq !== undefined && { after: String(this.seq) }),
          ...(cursor && { cursor }),
        })
        const page = await get<Columns>(`${studyPath(this.study, 'timeline')}?${query}`)
        seq ??= page.seq
        this.table.merge(page)
        cursor = page.nextCursor
        if (cursor === undefined) break
      }
      this.seq = seq
      this.loaded.value = true
      this.version.value++
    } catch (error) {
      if (!(error instanceof TypeError)) this.fault.value = error
    } finally {
      this.reading = false
    }
  }
}

export function attemptsOf(table: Table, study: Study): Attempt[] {
  const created = Date.parse(study.createdAt)
  const [numbers, tries, leased, ended] = ['number', 'attempt', 'leasedAt', 'endedAt'].map((name) =>
    table.numbers(name),
  )
  return Array.from({ length: table.size }, (_, row) => {
    const [state, outcome] = [table.text('state', row), table.text('outcome', row)]
    return {
      number: numbers![row]!,
      attempt: tries![row]!,
      worker: table.text('worker', row),
      kind: kindOf(state, outcome),
      outcome: outcome || state,
      from: (leased![row]! - created) / 3.6e6,
      to: ((Number.isFinite(ended![row]!) ? ended![row]! : Date.now()) - created) / 3.6e6,
    }
  })
}

function kindOf(state: string, outcome: string): string {
  if (state === 'running' || state === 'lost') return state
  if (state !== 'settled') return 'other'
  return outcome === 'complete' || outcome === 'pruned' ? outcome : outcome === 'lost' ? 'lost' : 'failed'
}
