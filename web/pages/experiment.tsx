/** Page 10: one experiment: its cells, its arms, and what can be concluded so far. */
import { useEffect, useMemo } from 'preact/hooks'
import { intervalChart } from '../../charts/intervals.js'
import { dollarsText, durationText, numberText, percentText } from '../../charts/numbers.js'
import { slopeChart } from '../../charts/slopes.js'
import { DASHES, looksOf } from '../../charts/sources.js'
import { xyChart } from '../../charts/xy.js'
import { linkTo } from '../app/route.js'
import type { Analysis, Cell, Contrast, Experiment } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Action, Commands, Fault, Scroll, StateBadge, Time } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'

const AGAIN_MS = 4000

export default function ExperimentPage({ name }: { readonly name: string }) {
  const path = `/experiments/${encodeURIComponent(name)}`
  const { answer, fault, again } = useResource<Experiment>(path, AGAIN_MS)
  const analysis = useResource<Analysis>(`${path}/analysis`, undefined, answer.value?.updatedAt)
  useEffect(() => {
    document.title = `${name} · Chiron`
  }, [name])
  if (fault.value) return <Fault error={fault.value} />
  const experiment = answer.value
  if (!experiment) return <p class="waiting">…</p>
  const found = analysis.answer.value
  return (
    <>
      <ExperimentHead experiment={experiment} path={path} done={again} analysed={found !== undefined} />
      {found && <Conclusions analysis={found} experiment={experiment} />}
      <CellGrid experiment={experiment} metric={found?.metric} />
      {found && <ArmsFigure analysis={found} experiment={experiment} />}
      {found && found.contrasts.length > 0 && <DifferencesFigure analysis={found} />}
      {found && <SeedsFigure analysis={found} experiment={experiment} />}
      {found?.hoursTo.map((level) => (
        <LevelFigure key={level.what} level={level} experiment={experiment} metric={found.metric} />
      ))}
      <Log experiment={experiment} />
    </>
  )
}

function ExperimentHead({
  experiment,
  path,
  done,
  analysed,
}: {
  readonly experiment: Experiment
  readonly path: string
  readonly done: () => void
  /** The analysis repeats what the plan can show. */
  readonly analysed: boolean
}) {
  const { name, state, reason, description, progress, plan, digest, updatedAt } = experiment
  const to = (what: string) => ({ method: 'POST', path: `${path}/${what}` }) as const
  return (
    <header>
      <div class="title-row">
        <h1>{name}</h1>
        <StateBadge state={state} reason={reason} />
        <span class="actions">
          {state === 'running' && <Action label="pause" call={to('pause')} done={done} />}
          {state === 'paused' && <Action label="resume" call={to('resume')} done={done} />}
          {(state === 'running' || state === 'paused') && (
            <Action
              label="stop"
              call={to('stop')}
              done={done}
              danger
              sure="Stop this experiment? Cells that run are stopped."
            />
          )}
        </span>
      </div>
      <p class="soft">
        {progress.finished} of {progress.cells} cells finished, {progress.running} running
        {progress.failed > 0 && `, ${progress.failed} failed`}
        {progress.etaSeconds !== undefined && `, about ${durationText(progress.etaSeconds)} left`} · declared
        as <code>{digest.slice(0, 12)}</code> · last updated <Time at={updatedAt} />
        {reason && ` · ${reason}`}
      </p>
      {description && <p class="prose">{description}</p>}
      {!analysed && <p class="prose">{plan.summary}</p>}
      {plan.warnings.map((warning) => (
        <p key={warning} class="fault">
          {warning}
        </p>
      ))}
      <Commands
        calls={[
          { label: 'pause', call: to('pause') },
          { label: 'resume', call: to('resume') },
          { label: 'stop', call: to('stop') },
          { label: 'the analysis', call: { method: 'GET', path: `${path}/analysis` } },
        ]}
      />
    </header>
  )
}

/** What may be said now, and what is said only at a planned look. */
function Conclusions({
  analysis,
  experiment,
}: {
  readonly analysis: Analysis
  readonly experiment: Experiment
}) {
  const { looks, contrasts, correlation, notes, trends } = analysis
  const ended = Math.min(...analysis.arms.map(({ n }) => n), Number.POSITIVE_INFINITY)
  const next = looks.planned.find((look) => look > (looks.reached ?? 0))
  return (
    <section class="panel">
      <h2>What it shows</h2>
      <p class="soft">
        Planned looks at {looks.planned.join(', ')} seeds.{' '}
        {looks.reached === null ? 'None is reached yet' : `The last one reached is ${looks.reached}`}
        {next !== undefined &&
          Number.isFinite(ended) &&
          `; ${ended} seeds have ended in every arm, the next look is at ${next}`}
        . Verdicts between looks are preliminary. Test: {experiment.test}, {experiment.alternative}, α ={' '}
        {experiment.alpha}, Holm over {contrasts.length} contrasts.
      </p>
      {contrasts.length > 0 && <ContrastTable contrasts={contrasts} />}
      {trends.map(({ name, n, p }) => (
        <p key={name}>
          Trend over the share of {name}: p = {numberText(p ?? Number.NaN, 2)} ({n} seeds).
        </p>
      ))}
      {correlation?.mean !== undefined && correlation?.mean !== null && (
        <p class="soft">
          Correlation of arms over their seeds: {numberText(correlation.mean, 2)}. Pairing helps where it is
          high.
        </p>
      )}
      {notes.length > 0 && (
        <ul class="prose">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

function ContrastTable({ contrasts }: { readonly contrasts: readonly Contrast[] }) {
  const number = (value: number | null, digits = 3) => (value === null ? '–' : numberText(value, digits))
  return (
    <Scroll label="Contrasts">
      <table>
        <thead>
          <tr>
            <th scope="col">arm</th>
            <th scope="col">against</th>
            {['seeds', 'difference', '95 % interval', 'p', 'after Holm', 'e-value', 'wins a seed'].map(
              (head) => (
                <th key={head} scope="col" class="number">
                  {head}
                </th>
              ),
            )}
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          {contrasts.map(
            ({
              arm,
              baseline,
              n,
              difference,
              low,
              high,
              p,
              adjusted,
              eValue,
              improvement,
              verdict,
              final,
              added,
            }) => (
              <tr key={`${arm} ${baseline}`}>
                <th scope="row">
                  {arm}
                  {added && <small> added</small>}
                </th>
                <td>{baseline}</td>
                <td class="number">{n}</td>
                <td class="number">{number(difference)}</td>
                <td class="number">
                  {low === null || high === null ? '–' : `${number(low)} to ${number(high)}`}
                </td>
                <td class="number">{number(p, 2)}</td>
                <td class="number">{number(adjusted, 2)}</td>
                <td class="number">{number(eValue, 2)}</td>
                <td class="number">{percentText(improvement)}</td>
                <td>
                  {verdict}
                  {!final && <small> preliminary</small>}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </Scroll>
  )
}

const CELL_MARKS: Readonly<Record<string, string>> = {
  waiting: '·',
  running: '▶',
  measuring: '◆',
  finished: '✓',
  failed: '×',
  stopped: '■',
}

function CellGrid({
  experiment: { arms, seeds, cells },
  metric,
}: {
  readonly experiment: Experiment
  readonly metric: string | undefined
}) {
  const cellOf = new Map(cells.map((cell) => [`${cell.arm} ${cell.seed}`, cell]))
  return (
    <section class="panel">
      <h2>Cells</h2>
      <Scroll label="Cells">
        <table class="cells">
          <caption>{metric ? `${metric} at the endpoint, by arm and seed` : 'by arm and seed'}</caption>
          <thead>
            <tr>
              <th scope="col">arm</th>
              {seeds.map((seed) => (
                <th key={seed} scope="col" class="number">
                  {seed}
                </th>
              ))}
              <th scope="col" class="number">
                out of memory
              </th>
              <th scope="col" class="number">
                dollars
              </th>
            </tr>
          </thead>
          <tbody>
            {arms.map(({ name, added }) => {
              const own = cells.filter(({ arm }) => arm === name)
              return (
                <tr key={name}>
                  <th scope="row">
                    {name}
                    {added && <small> added</small>}
                  </th>
                  {seeds.map((seed) => (
                    <td key={seed} class="number">
                      <CellView cell={cellOf.get(`${name} ${seed}`)} />
                    </td>
                  ))}
                  <td class="number">{percentText(meanOf(own.map(({ oomRate }) => oomRate)))}</td>
                  <td class="number">{dollarsText(own.reduce((sum, { dollars }) => sum + dollars, 0))}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function CellView({ cell }: { readonly cell: Cell | undefined }) {
  if (cell === undefined) return <>–</>
  const text =
    cell.endpoint !== undefined
      ? numberText(cell.endpoint, 5)
      : `${CELL_MARKS[cell.state] ?? ''} ${cell.state}`
  if (cell.state === 'waiting') return <span class="soft">{text}</span>
  return (
    <a href={linkTo('studies', cell.study)} title={cell.reason}>
      {text}
    </a>
  )
}

function meanOf(values: readonly (number | null)[]): number | null {
  const given = values.filter((value) => value !== null)
  return given.length === 0 ? null : given.reduce((sum, value) => sum + value, 0) / given.length
}

function endpointsOf({ cells }: Experiment, arm: string): number[] {
  return cells.flatMap((cell) => (cell.arm === arm && cell.endpoint !== undefined ? [cell.endpoint] : []))
}

function ArmsFigure({
  analysis,
  experiment,
}: {
  readonly analysis: Analysis
  readonly experiment: Experiment
}) {
  const rows = useMemo(() => {
    const sign = analysis.direction === 'minimize' ? 1 : -1
    const looks = looksOf(experiment.arms.map(({ name }) => name))
    return [...analysis.arms]
      .sort((a, b) => sign * ((a.mean ?? sign * Number.MAX_VALUE) - (b.mean ?? sign * Number.MAX_VALUE)))
      .map(({ name, mean, low, high, n, missing, failed, sd, added }) => ({
        label: `${name}${added ? ' (added)' : ''}`,
        ...looks.get(name)!,
        mean,
        low,
        high,
        values: endpointsOf(experiment, name),
        note: `n ${n}${missing ? `, ${missing} missing` : ''}${failed ? `, ${failed} failed` : ''}${sd === null ? '' : `, sd ${numberText(sd, 2)}`}`,
      }))
  }, [analysis, experiment])
  return (
    <Figure
      title="Arms"
      question="How good is each arm, and how much do its seeds differ?"
      inputs={[rows]}
      build={(width) =>
        intervalChart({
          title: `Arms of ${experiment.name}`,
          description: rows
            .map(({ label, mean }) => `${label}: ${mean === null ? 'none yet' : numberText(mean, 5)}`)
            .join('; '),
          width,
          x: { label: `${analysis.metric} at the endpoint: seeds, mean and 95 % interval` },
          rows,
        })
      }
      csv={() => [
        ['arm', 'n', 'mean', 'sd', 'low', 'high', 'missing', 'failed'],
        ...analysis.arms.map(({ name, n, mean, sd, low, high, missing, failed }) => [
          name,
          n,
          mean,
          sd,
          low,
          high,
          missing,
          failed,
        ]),
      ]}
    />
  )
}

function DifferencesFigure({ analysis }: { readonly analysis: Analysis }) {
  const { contrasts, metric, direction } = analysis
  return (
    <Figure
      title="Differences to the baseline"
      question={`Which arms differ, and by how much? ${direction === 'minimize' ? 'Left' : 'Right'} of zero is better.`}
      inputs={[analysis]}
      build={(width) =>
        intervalChart({
          title: 'Differences to the baseline',
          description: contrasts
            .map(({ arm, baseline, verdict }) => `${arm} against ${baseline}: ${verdict}`)
            .join('; '),
          width,
          x: { label: `difference in ${metric}, 95 % interval` },
          mark: { at: 0, label: 'no difference' },
          rows: contrasts.map(({ arm, baseline, difference, low, high, adjusted, verdict, final }) => ({
            label: `${arm} − ${baseline}`,
            colour: verdict === 'better' ? 'good' : verdict === 'worse' ? 'bad' : 'c6',
            shape: final ? 'square' : 'circle',
            mean: difference,
            low,
            high,
            note: `${adjusted === null ? '' : `p ${numberText(adjusted, 2)}, `}${verdict}${final ? '' : ', preliminary'}`,
          })),
        })
      }
      csv={() => [
        ['arm', 'baseline', 'difference', 'low', 'high', 'p', 'adjusted', 'eValue', 'verdict', 'final'],
        ...contrasts.map((one) => [
          one.arm,
          one.baseline,
          one.difference,
          one.low,
          one.high,
          one.p,
          one.adjusted,
          one.eValue,
          one.verdict,
          one.final,
        ]),
      ]}
    />
  )
}

function SeedsFigure({
  analysis,
  experiment,
}: {
  readonly analysis: Analysis
  readonly experiment: Experiment
}) {
  const { arms, seeds, cells } = experiment
  const rows = useMemo(
    () =>
      seeds.map((seed) => ({
        seed,
        values: arms.map(
          ({ name }) => cells.find((cell) => cell.arm === name && cell.seed === seed)?.endpoint ?? null,
        ),
      })),
    [experiment],
  )
  if (!rows.some(({ values }) => values.some((value) => value !== null))) return null
  return (
    <Figure
      title="Seed by seed"
      question="Do the arms differ on every seed, or on a few?"
      inputs={[rows]}
      build={(width) =>
        slopeChart({
          title: `Seeds of ${experiment.name}`,
          description: `A line for each of ${seeds.length} seeds through ${arms.length} arms.`,
          width,
          height: 300,
          arms: arms.map(({ name }) => name),
          y: { label: analysis.metric },
          seeds: rows,
        })
      }
      csv={() => [
        ['seed', ...arms.map(({ name }) => name)],
        ...rows.map(({ seed, values }) => [seed, ...values]),
      ]}
    />
  )
}

/** Runs that never reached the level stay in: their share is not reached. */
function LevelFigure({
  level,
  experiment,
  metric,
}: {
  readonly level: Analysis['hoursTo'][number]
  readonly experiment: Experiment
  readonly metric: string
}) {
  const looks = looksOf(experiment.arms.map(({ name }) => name))
  const end = Math.max(...level.arms.flatMap(({ steps }) => steps.map(([hours]) => hours)), 0) * 1.03
  const lines = level.arms.map(({ name, steps }, i) => ({
    label: name,
    colour: looks.get(name)!.colour,
    steps: true,
    endLabel: true,
    points: [[0, 0] as const, ...steps, [end, steps.at(-1)?.[1] ?? 0] as const],
    ...(DASHES[i % DASHES.length] && { dash: DASHES[i % DASHES.length]! }),
  }))
  return (
    <Figure
      title={`Runs that reached ${numberText(level.value, 5)}`}
      question={`${level.what}: after how many hours of training did which share of the seeds have it?`}
      inputs={[level]}
      build={(width) =>
        xyChart({
          title: `Share of runs at ${metric} ${numberText(level.value, 5)}`,
          description: level.arms.map(({ name, reached, of }) => `${name}: ${reached} of ${of}`).join('; '),
          width,
          height: 260,
          x: { label: 'hours of training', include: [0] },
          y: { label: 'share of the seeds', domain: [0, 1] },
          lines,
        })
      }
      csv={() => [
        ['arm', 'hours', 'share'],
        ...level.arms.flatMap(({ name, steps }) => steps.map(([hours, share]) => [name, hours, share])),
      ]}
    />
  )
}

function Log({ experiment: { additions } }: { readonly experiment: Experiment }) {
  if (additions.length === 0) return null
  return (
    <section class="panel">
      <h2>Additions</h2>
      <ul>
        {additions.map(({ at, arms, seeds }) => (
          <li key={at}>
            <Time at={at} />: {arms.length > 0 && `arms ${arms.join(', ')}`}{' '}
            {seeds.length > 0 && `seeds ${seeds.join(', ')}`}
          </li>
        ))}
      </ul>
    </section>
  )
}
