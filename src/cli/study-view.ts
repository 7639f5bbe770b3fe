/** The text view of a running study: its progress, its best value, and its latest trials. */
import pc from 'picocolors'
import { progressBar, sparkline } from './terminal-screen.js'
import { printableParts } from './terminal-text.js'

export interface Event {
  readonly kind: string
  readonly number: number | null
  readonly value?: number | null
  readonly state?: string
  readonly failure?: string | null
  readonly source?: string
  readonly withinNoise?: boolean
  readonly reason?: string
}

export interface Summary {
  readonly state: string
  readonly reason?: string
  readonly trials: Readonly<Record<string, number>>
  readonly budget: {
    readonly trials?: number
    readonly trainSeconds?: number
    readonly trainSecondsUsed: number
  }
  readonly oomRate: { readonly all: number | null }
  readonly preflightRefusals: number
  readonly sources: Readonly<Record<string, { readonly trials: number }>>
  readonly advisor?: {
    readonly kind: string
    readonly model?: string
    readonly as: string
    readonly beliefs?: {
      readonly asked: number
      readonly given: number
      readonly held?: { readonly weight: number; readonly givenUp: boolean }
    }
    readonly realised: number | null
    readonly target: number
    readonly calls?: number
    readonly dollars?: number
    readonly unpriced?: number
    readonly fallbackRate: number | null
    readonly limit?: string
    readonly warnings: readonly string[]
  }
  readonly incumbent?: { readonly number: number; readonly value: number }
  readonly recommended?: { readonly number?: number; readonly mean: number; readonly sd: number }
  readonly confirmed?: readonly {
    readonly number: number
    readonly observed: number
    readonly mean: number | null
    readonly low: number | null
    readonly high: number | null
  }[]
}

const MAX_TRIAL_LINES = 8

export class StudyView {
  private readonly latest: string[] = []
  private readonly bests: number[] = []
  private best = ''
  private ended = 0
  private summary: Summary | undefined

  constructor(private readonly name: string) {}

  setSummary(summary: Summary): void {
    this.summary = printableParts(summary)
  }

  /** Returns a line to print where the terminal cannot be redrawn; null if the event needs none. */
  addEvent(given: Event): string | null {
    const event = printableParts(given)
    const { kind, number, value, source } = event
    if (kind === 'settled') this.settled(event)
    if (kind === 'incumbent') {
      this.bests.push(value!)
      this.best = `${formatValue(value!)} (trial ${number}, ${source}${event.withinNoise ? ', within noise' : ''})`
      return `${this.progress()} best ${this.best}`
    }
    return kind === 'paused' || kind === 'finished' ? `${kind}: ${event.reason}` : null
  }

  lines(): string[] {
    const { summary } = this
    return [
      `${pc.bold(this.name)} ${this.progress()}`,
      `best ${this.best || '-'}   ${sparkline(this.bests)}`,
      ...(summary ? figureLines(summary) : []),
      '',
      pc.bold('trial  source           outcome        value'),
      ...this.latest,
    ]
  }

  conclusionLines(): string[] {
    const { summary, best } = this
    const { advisor, confirmed, reason, recommended: r } = summary!
    return [
      `${this.name} is ${summary!.state}${reason ? `: ${reason}` : ''}`,
      `best ${best || 'of none'}${this.bests.length > 1 ? `   ${sparkline(this.bests)}` : ''}`,
      ...(r
        ? [
            `recommended ${recommendedPlace(r.number)}: ${formatValue(r.mean)} ± ${formatValue(r.sd)} without noise`,
          ]
        : []),
      ...figureLines(summary!),
      ...(advisor?.warnings ?? []),
      ...(confirmed ?? []).map(
        (c) =>
          `trial ${c.number} showed ${formatValue(c.observed)}; run again ${formatValue(c.mean)}, 95 % from ${formatValue(c.low)} to ${formatValue(c.high)}`,
      ),
    ]
  }

  private settled({ number, source = '', failure, state = '', value }: Event): void {
    this.ended++
    const cells = [String(number).padStart(5), source.padEnd(16), (failure ?? state).padEnd(12)]
    this.latest.push(`${cells.join('  ')} ${value === null || value === undefined ? '' : formatValue(value)}`)
    if (this.latest.length > MAX_TRIAL_LINES) this.latest.shift()
  }

  private progress(): string {
    const { trials, trainSeconds, trainSecondsUsed = 0 } = this.summary?.budget ?? {}
    if (trainSeconds !== undefined) {
      const hours = (seconds: number) => (seconds / 3600).toFixed(1)
      return `${progressBar(trainSecondsUsed / trainSeconds)} ${hours(trainSecondsUsed)} of ${hours(trainSeconds)} h`
    }
    const { ended } = this
    return trials === undefined
      ? `${ended} trials`
      : `${progressBar(ended / trials)} ${ended} of ${trials} trials`
  }
}

function figureLines({ trials, oomRate, advisor }: Summary): string[] {
  const { complete, failed, running } = trials
  return [
    `${complete} complete, ${failed} failed, ${running} running · ${percentText(oomRate.all)} out of memory`,
    ...(advisor ? [advisorText(advisor)] : []),
  ]
}

type AdvisorFigures = NonNullable<Summary['advisor']>

function advisorText(advisor: AdvisorFigures): string {
  const { kind, model, as, beliefs, realised, calls, fallbackRate, limit } = advisor
  const name = model ?? kind
  const own = [`${name} on ${percentText(realised)}`, `${percentText(fallbackRate)} without advice`]
  const cost = calls === undefined ? [] : [`${calls} calls`, costOf(advisor)]
  return [
    ...(as === 'prior' ? [] : own),
    ...(beliefs ? [beliefsText(name, beliefs)] : []),
    ...cost,
    ...(limit ? [limit] : []),
  ].join(', ')
}

function costOf({ dollars = 0, unpriced }: AdvisorFigures): string {
  return unpriced ? 'price unknown' : `$${dollars.toFixed(2)}`
}

function beliefsText(name: string, { asked, given, held }: NonNullable<AdvisorFigures['beliefs']>): string {
  const now = held && (held.givenUp ? ', given up by now' : `, to the power of ${held.weight.toPrecision(2)}`)
  return `beliefs of ${name}: ${given} of ${asked}${now ?? ''}`
}

export function percentText(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`
}

function recommendedPlace(number: number | undefined): string {
  return number === undefined ? 'is a trial of long ago' : `is trial ${number}`
}

/** Six significant digits distinguish one best value from the next. */
export function formatValue(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(6)))
}
