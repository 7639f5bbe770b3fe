/** One study as it is looked at: read once, then kept up to date by what changed. */
import { batch, signal } from '@preact/signals'
import { get, Refusal, studyPath } from '../app/api.js'
import type { StudyEvent } from './follow.js'
import { listen } from './stream.js'
import { Table } from './table.js'
import type { Columns, Progress, Study, Summary } from './types.js'

/** However fast trials end, the service is asked this often at most. */
const APART_MS = 700
const TICKER_LENGTH = 40
const FIRST_FIELDS = 'state,failure,source,value,trainSeconds,createdAt,settledAt,worker'
/** Of the metrics only what a trial's GPU did: there may be many. */
const MORE_FIELDS =
  'params,requested,reason,peakMemoryMb,tokensPerSecond,attempt,confirms,duplicateOf,refused,forecast,tags,metrics.gpuTemperatureMax,metrics.throttled'

export class LiveStudy {
  readonly study = signal<Study | undefined>(undefined)
  readonly summary = signal<Summary | undefined>(undefined)
  readonly progress = signal<Progress | undefined>(undefined)
  /** Counts the changes of the table, which is itself changed in place. */
  readonly version = signal(0)
  readonly loaded = signal(false)
  readonly complete = signal(false)
  readonly fault = signal<Error | undefined>(undefined)
  readonly ticker = signal<readonly StudyEvent[]>([])
  table = new Table()
  private seq = 0
  private id = ''
  /** The state of the study that `progress` is of: it is read again when there is another best value. */
  private progressOf = ''
  private everything = false
  private ended = new AbortController()
  private readonly stopListening: () => void
  private reading: Promise<void> | undefined
  private asked = false
  private last = 0

  constructor(readonly name: string) {
    this.stopListening = listen((events) => this.hear(events))
    void this.readAgain()
  }

  close(): void {
    this.stopListening()
    this.ended.abort()
  }

  /** Parameters and whatever else a row has, for the pages that show them. */
  needEverything(): void {
    if (this.everything) return
    this.everything = true
    if (this.loaded.value) void this.readRest().catch((error) => this.fail(error))
  }

  /** After something was changed from here. */
  refresh(): void {
    this.asked = true
    void this.readChanges()
  }

  private hear(events: readonly StudyEvent[] | 'open'): void {
    if (events !== 'open') {
      const own = events.filter(({ study }) => study === this.name)
      if (own.length === 0) return
      this.ticker.value = [...own.slice().reverse(), ...this.ticker.value].slice(0, TICKER_LENGTH)
    }
    this.refresh()
  }

  private async readAgain(): Promise<void> {
    try {
      const [first] = await Promise.all([this.readPages(`fields=${FIRST_FIELDS}`, true), this.readHead()])
      batch(() => {
        this.seq = first
        this.loaded.value = true
        this.version.value++
      })
      await this.readProgress()
      if (this.everything) await this.readRest()
    } catch (error) {
      this.fail(error)
    }
  }

  private async readHead(): Promise<void> {
    const [study, summary] = await Promise.all([this.get<Study>(), this.get<Summary>('summary')])
    this.expectSame(study.id)
    batch(() => {
      this.study.value = study
      this.summary.value = summary
      this.fault.value = undefined
    })
  }

  /** After the trials, which are shown without it: of many trials it takes as long as they do. */
  private async readProgress(): Promise<void> {
    const [study, summary] = [this.study.value!, this.summary.value!]
    const state = [study.state, summary.incumbent?.number, summary.incumbent?.value].join()
    if (state === this.progressOf) return
    this.progress.value = await this.get<Progress>('progress')
    this.progressOf = state
  }

  private async readRest(): Promise<void> {
    await this.readPages(`fields=${MORE_FIELDS},state,settledAt`)
    batch(() => {
      this.complete.value = true
      this.version.value++
    })
  }

  /** Returns the number of the last event that the first page holds. */
  private async readPages(query: string, show = false): Promise<number> {
    let seq: number | undefined
    for (let cursor: string | undefined; ; ) {
      const page = await this.get<Columns>(
        'columns',
        `${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      )
      this.expectSame(page.id)
      seq ??= page.seq
      this.table.merge(page)
      cursor = page.nextCursor
      if (cursor === undefined) return seq
      if (show) this.version.value++
    }
  }

  private expectSame(id: string): void {
    if (this.id === '') this.id = id
    if (this.id !== id) throw new Refusal(409, 'remade', 'The study was made anew: load the page again.')
  }

  private async readChanges(): Promise<void> {
    if (this.reading || !this.loaded.value || document.hidden) return
    this.reading = (async () => {
      while (this.asked && !this.ended.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, this.last + APART_MS - performance.now()))
        this.asked = false
        this.last = performance.now()
        await this.readHead()
        const fields = this.everything ? `${FIRST_FIELDS},${MORE_FIELDS}` : FIRST_FIELDS
        const seq = await this.readPages(`after=${this.seq}&fields=${fields}`)
        this.seq = Math.max(this.seq, seq)
        this.version.value++
        await this.readProgress()
      }
    })()
    try {
      await this.reading
    } catch (error) {
      this.fail(error)
    } finally {
      this.reading = undefined
    }
  }

  private get<Answer>(part?: string, query = ''): Promise<Answer> {
    const path = part === undefined ? studyPath(this.name) : studyPath(this.name, part)
    return get<Answer>(query ? `${path}?${query}` : path, this.ended.signal)
  }

  /** A server that is away is no fault of the study: the stream says when it is back. */
  private fail(error: unknown): void {
    if (this.ended.signal.aborted || error instanceof TypeError) return
    this.fault.value = error as Error
  }
}
