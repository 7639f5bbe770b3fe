/** What each worker has run lately: the last attempts as bars, the running ones up to now. */
import { useEffect, useMemo } from 'preact/hooks'
import { timeUnit } from '../../charts/hours.js'
import { lanesChart } from '../../charts/lanes.js'
import { durationText } from '../../charts/numbers.js'
import { goTo, linkTo } from '../app/route.js'
import type { LiveStudy } from '../data/study.js'
import { type Attempt, attemptsOf, KINDS, Timeline } from '../data/timeline.js'
import type { Study } from '../data/types.js'
import { Figure } from '../figure/figure.js'

const MOST_LANES = 16
/** So many attempts of each worker are shown. */
const EACH = 12

export function RecentLanes({ live, study }: { readonly live: LiveStudy; readonly study: Study }) {
  const timeline = useMemo(() => new Timeline(live.name), [live])
  useEffect(() => {
    void timeline.read()
  }, [live.version.value])
  const attempts = useMemo(() => attemptsOf(timeline.table, study), [timeline.version.value, study.id])
  if (attempts.length === 0) return null
  const { lanes, shown, from } = latest(attempts)
  const unit = timeUnit(Math.max(...shown.map(({ to }) => to)) - from)
  const at = (hours: number) => (hours - from) * unit.perHour
  const kinds = KINDS.filter(({ key }) => shown.some(({ kind }) => kind === key))
  const bars = shown.map((attempt) => ({
    lane: lanes.indexOf(attempt.worker),
    from: at(attempt.from),
    to: at(attempt.to),
    colour: KINDS.find(({ key }) => key === attempt.kind)!.colour,
    id: attempt.number,
    about: `trial ${attempt.number}, attempt ${attempt.attempt}: ${attempt.outcome}, ${durationText((attempt.to - attempt.from) * 3600)}`,
  }))
  return (
    <Figure
      title="Workers lately"
      question="Is every worker busy, and how do its trials end?"
      inputs={[attempts]}
      build={(width) =>
        lanesChart({
          title: `Latest attempts of ${live.name} by worker`,
          description: `${shown.length} attempts of ${lanes.length} workers.`,
          width,
          x: { label: `${unit.name}, the latest attempts of each worker` },
          lanes,
          bars,
          legend: kinds.map(({ label, colour }) => ({ label, colour, shape: 'square' })),
        })
      }
      about={(number) => bars.find(({ id }) => id === number)?.about ?? ''}
      onPick={(number) => goTo('studies', live.name, 'trials', number)}
      csv={() => [
        ['trial', 'attempt', 'worker', 'outcome', 'fromHours', 'toHours'],
        ...shown.map(({ number, attempt, worker, outcome, from: begin, to }) => [
          number,
          attempt,
          worker,
          outcome,
          begin,
          to,
        ]),
      ]}
      controls={<a href={linkTo('studies', live.name, 'time')}>all of it</a>}
    />
  )
}

/** Of the workers that were active last, the attempts within the time in which each had its last dozen. */
function latest(attempts: readonly Attempt[]): {
  readonly lanes: readonly string[]
  readonly shown: readonly Attempt[]
  readonly from: number
} {
  const newest = [...attempts].sort((a, b) => b.to - a.to)
  const lanes = [...new Set(newest.map(({ worker }) => worker))].slice(0, MOST_LANES)
  const own = newest.filter(({ worker }) => lanes.includes(worker)).slice(0, EACH * lanes.length)
  const from = Math.min(...own.map((attempt) => attempt.from))
  return { lanes: [...lanes].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })), shown: own, from }
}
