/** What is not well with a study, and the next step. A study that is well has no cards. */
import { durationText, percentText } from '../../charts/numbers.js'
import { linkTo } from '../app/route.js'
import type { LiveStudy } from '../data/study.js'
import type { CanaryRun, Study, Summary } from '../data/types.js'
import { useResource } from './resource.js'

interface Canaries {
  readonly trainer: string
  readonly warnAt: number
  readonly runs: readonly CanaryRun[]
}

/** A canary runs every few hours. */
const CANARY_MS = 60_000

interface Card {
  readonly level: 'bad' | 'warn' | 'good'
  readonly title: string
  readonly next: string
  readonly link?: { readonly href: string; readonly label: string }
}

export function Health(props: {
  readonly live: LiveStudy
  readonly study: Study
  readonly summary: Summary
}) {
  const { trainer } = props.study
  const canaries = useResource<Canaries>(
    trainer && `/trainers/${encodeURIComponent(trainer)}/canaries`,
    CANARY_MS,
  )
  const cards = [...healthCards(props), ...canaryCards(canaries.answer.value)]
  if (cards.length === 0) return null
  return (
    <section class="cards" aria-label="Health">
      {cards.map(({ level, title, next, link }) => (
        <article key={title} class={`card ${level}`}>
          <h3>
            <span aria-hidden="true">{level === 'good' ? '✓' : '!'}</span> {title}
          </h3>
          <p>
            {next} {link && <a href={link.href}>{link.label}</a>}
          </p>
        </article>
      ))}
    </section>
  )
}

function healthCards({
  live,
  study,
  summary,
}: {
  readonly live: LiveStudy
  readonly study: Study
  readonly summary: Summary
}): Card[] {
  return [
    ...memoryCards(study, summary),
    ...failureCards(study, summary),
    ...stalledCards(live, study, summary),
    ...adviceCards(study, summary),
    ...searchCards(study, summary),
  ]
}

function memoryCards({ name, method }: Study, { oomRate }: Summary): Card[] {
  const rate = oomRate.last50
  if (rate === null || rate < 0.2) return []
  const guarded = typeof method !== 'string' && method.preflight !== undefined && method.preflight !== 'off'
  return [
    {
      level: rate >= 0.5 ? 'bad' : 'warn',
      title: `${percentText(rate)} of the last 50 trials ran out of memory`,
      next: guarded
        ? 'The preflight already refuses what it expects not to fit: narrow the parameters that take memory, or give the space a memory formula.'
        : 'A study with "preflight": "learned" in its method refuses configurations that would not fit.',
      link: { href: `${linkTo('studies', name, 'space')}?view=pairs`, label: 'where they fail' },
    },
  ]
}

function failureCards({ name }: Study, { failures, trials }: Summary): Card[] {
  const others = Object.entries(failures).filter(([kind]) => kind !== 'oom')
  const failed = others.reduce((sum, [, count]) => sum + count, 0)
  const ended = (trials.complete ?? 0) + (trials.failed ?? 0) + (trials.pruned ?? 0)
  if (ended < 5 || failed / ended < 0.2) return []
  const most = others.sort((a, b) => b[1] - a[1])[0]!
  return [
    {
      level: failed / ended >= 0.5 ? 'bad' : 'warn',
      title: `${failed} of ${ended} trials failed (mostly ${most[0]})`,
      next: 'The message of a failed trial says what went wrong.',
      link: {
        href: `${linkTo('studies', name, 'trials')}?filter=${encodeURIComponent(`failure = "${most[0]}"`)}`,
        label: 'those trials',
      },
    },
  ]
}

/** Running trials that have not ended for much longer than trials take, or no worker at all. */
function stalledCards({ table }: LiveStudy, { state, trainer, name }: Study, { trials }: Summary): Card[] {
  if (state !== 'active') return []
  const running = (trials.running ?? 0) + (trials.proposing ?? 0)
  const last = table.ended.length > 0 ? table.numbers('settledAt')[table.ended.at(-1)!]! : Number.NaN
  const silent = (Date.now() - last) / 1000
  const seconds = table.ended.slice(-50).map((row) => table.numbers('trainSeconds')[row]! || 0)
  const usual = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0
  if (running === 0 && silent > 120)
    return [
      {
        level: 'warn',
        title: `No trial has been running for ${durationText(silent)}`,
        next: trainer
          ? `The trainer ${trainer} has no free device, or no server dispatches it: chiron doctor says what is missing.`
          : `No worker asks: start one, for example chiron worker --study ${name} --trainer NAME, or your own loop.`,
      },
    ]
  if (running > 0 && usual > 0 && silent > Math.max(600, 6 * usual))
    return [
      {
        level: 'warn',
        title: `No trial has ended for ${durationText(silent)}; they usually take ${durationText(usual)}`,
        next: 'Look at the log of a running trial; a worker that died loses its lease and its trial runs again.',
        link: { href: `${linkTo('studies', name, 'time')}`, label: 'the workers over time' },
      },
    ]
  return []
}

function adviceCards({ name }: Study, { advisor }: Summary): Card[] {
  if (advisor === undefined) return []
  const link = { href: linkTo('studies', name, 'advice'), label: 'the calls' }
  const warnings = advisor.warnings.map((title): Card => ({ level: 'warn', title, next: '', link }))
  if (advisor.limit === undefined) return warnings
  return [
    { level: 'warn', title: advisor.limit, next: 'A larger budget brings the advisor back.', link },
    ...warnings,
  ]
}

function searchCards({ name }: Study, { duplicateRate, lostAttempts, trials }: Summary): Card[] {
  const cards: Card[] = []
  const all = Object.values(trials).reduce((sum, count) => sum + count, 0)
  if (all >= 20 && (duplicateRate ?? 0) >= 0.3)
    cards.push({
      level: 'warn',
      title: `${percentText(duplicateRate)} of the configurations were run before`,
      next: 'The space may be exhausted or too coarse: widen it, or finish the study.',
    })
  if (lostAttempts >= 3 && lostAttempts / all >= 0.05)
    cards.push({
      level: 'warn',
      title: `${lostAttempts} attempts lost their lease`,
      next: 'Workers die or send no heartbeats: send one at least every heartbeatSeconds, or give the study a longer lease.',
      link: { href: linkTo('studies', name, 'time'), label: 'when and where' },
    })
  return cards
}

/** Of each device only its last run counts. */
function canaryCards(canaries: Canaries | undefined): Card[] {
  if (canaries === undefined) return []
  const last = new Map(canaries.runs.map((run) => [run.devices, run]))
  return [...last.values()].flatMap(({ devices, speed, drift, at }): Card[] => {
    const where = devices ? `on device ${devices}` : 'on this machine'
    const when = new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
    if (speed === 0)
      return [
        {
          level: 'bad',
          title: `The canary of ${canaries.trainer} failed ${where}`,
          next: `The default configuration should always run. It was tried on ${when}: the log of the server says why it failed.`,
        },
      ]
    if (Math.abs(drift) <= canaries.warnAt) return []
    return [
      {
        level: 'warn',
        title: `The canary of ${canaries.trainer} runs ${percentText(Math.abs(drift))} ${drift < 0 ? 'slower' : 'faster'} than at first ${where}`,
        next: `Measured on ${when}. Trials from then and from now trained for different lengths in the same time: look for a hot card or a second user, and run the best trials again.`,
      },
    ]
  })
}
