/** Page 6: one trial: what was proposed and what ran, its attempts, its curve, its log, and the call behind it. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { durationText, numberText } from '../../charts/numbers.js'
import { type Line, type Symbols, xyChart } from '../../charts/xy.js'
import { asConstants } from '../../search-spaces/configuration-text.js'
import { Refusal, studyPath } from '../app/api.js'
import { pageKeys } from '../app/keys.js'
import { goTo, linkTo } from '../app/route.js'
import type { LiveStudy } from '../data/study.js'
import type { LlmCall, Params, Study, TrialDetail } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { ParamsTable, valueText } from '../parts/best.js'
import { CallPanel } from '../parts/call.js'
import { Action, Commands, CopyButton, Empty, Fault, Scroll, StateBadge, Time } from '../parts/controls.js'
import { EnqueueForm } from '../parts/enqueue.js'
import { NotePanel } from '../parts/note.js'
import { ProgramDifference } from '../parts/program-difference.js'
import { useResource } from '../parts/resource.js'

export default function TrialPage({ live, number }: { readonly live: LiveStudy; readonly number: number }) {
  const study = live.study.value
  const path = studyPath(live.name, 'trials', number)
  const { answer, fault, again } = useResource<TrialDetail>(path, undefined, live.version.value)
  const enqueuing = useSignal(false)
  useEffect(() => {
    const last = () => live.table.size - 1
    pageKeys.value = [
      {
        key: 'e',
        does: 'queue an edited copy of this trial',
        run: () => (enqueuing.value = !enqueuing.value),
      },
      {
        key: 'j',
        does: 'the next trial',
        run: () => number < last() && goTo('studies', live.name, 'trials', number + 1),
      },
      {
        key: 'k',
        does: 'the trial before',
        run: () => number > 0 && goTo('studies', live.name, 'trials', number - 1),
      },
    ]
    return () => {
      pageKeys.value = []
    }
  }, [number])
  if (fault.value instanceof Refusal && fault.value.status === 404)
    return (
      <Empty title={`There is no trial ${number}`}>
        <p>
          <a href={linkTo('studies', live.name, 'trials')}>All trials of {live.name}</a>
        </p>
      </Empty>
    )
  if (fault.value) return <Fault error={fault.value} />
  const trial = answer.value
  if (!study || !trial) return <p class="waiting">…</p>
  const open = ['ready', 'running', 'proposing'].includes(trial.state)
  const cancel = { method: 'POST', path: `${path}/cancel` } as const
  const noted = () => {
    again()
    live.refresh()
  }
  return (
    <>
      <div class="title-row">
        <h2>Trial {number}</h2>
        <StateBadge state={trial.failure ?? trial.state} />
        <span class="actions">
          <CopyButton label="copy as JSON" text={() => JSON.stringify(trial.params, null, 2)} />
          <CopyButton label="as constants" text={() => asConstants(trial.params)} />
          <button
            type="button"
            aria-expanded={enqueuing.value}
            onClick={() => (enqueuing.value = !enqueuing.value)}
          >
            queue an edited copy
          </button>
          {open && <Action label="cancel" call={cancel} done={noted} danger sure="Cancel this trial?" />}
        </span>
      </div>
      {enqueuing.value && (
        <EnqueueForm
          study={study}
          params={trial.params}
          done={(made) => goTo('studies', live.name, 'trials', made.number)}
        />
      )}
      <Facts study={study} trial={trial} />
      <div class="columns">
        <section class="panel">
          <h3>Configuration</h3>
          <Proposed study={study} trial={trial} />
        </section>
        <section class="panel">
          <h3>Attempts</h3>
          <Attempts trial={trial} />
          <details open={trial.note !== undefined || trial.tags !== undefined}>
            <summary>Note and tags</summary>
            <NotePanel path={path} note={trial.note ?? ''} tags={trial.tags ?? []} done={noted} />
          </details>
        </section>
      </div>
      {trial.proposal.program && <TrialProgram study={live.name} program={trial.proposal.program} />}
      {trial.reports.length > 0 && <Curve study={study} trial={trial} path={path} />}
      <Log path={path} />
      {trial.proposal.requested && <Calls live={live} number={number} />}
      {open && <Commands calls={[{ label: 'cancel', call: cancel }]} />}
    </>
  )
}

function Facts({ study, trial }: { readonly study: Study; readonly trial: TrialDetail }) {
  const { proposal } = trial
  const facts: [string, string | undefined][] = [
    [study.objective.metric, trial.value === undefined ? undefined : numberText(trial.value, 7)],
    ['proposed by', proposal.source],
    ['asked was', proposal.requested !== proposal.source ? proposal.requested : undefined],
    ['because', proposal.reason],
    ['training', trial.trainSeconds === undefined ? undefined : durationText(trial.trainSeconds)],
    [
      'memory',
      trial.peakMemoryMb === undefined ? undefined : `${numberText(trial.peakMemoryMb / 1024, 3)} GiB`,
    ],
    [
      'tokens per second',
      trial.tokensPerSecond === undefined ? undefined : numberText(trial.tokensPerSecond),
    ],
    ['throttled', trial.metrics?.throttled === true ? throttledText(trial.metrics) : undefined],
    ['repeats', proposal.confirms === undefined ? undefined : `trial ${proposal.confirms}`],
    ['same as', proposal.duplicateOf === undefined ? undefined : `trial ${proposal.duplicateOf}`],
    [
      'refused before it',
      proposal.refused
        ? `${proposal.refused} ${proposal.refused === 1 ? 'draw' : 'draws'} that would not fit`
        : undefined,
    ],
  ]
  return (
    <>
      <FactList facts={facts} />
      {trial.message && <pre class="message">{trial.message}</pre>}
      {proposal.note && <p class="prose note">{proposal.note}</p>}
      {trial.metrics && (
        <details>
          <summary>{Object.keys(trial.metrics).length} metrics</summary>
          <ParamsTable params={measured(trial.metrics)} />
        </details>
      )}
    </>
  )
}

/** What slowed its cards down, and for how much of its time heat or the power supply did. */
function throttledText({ gpuSlowedBy, gpuThrottledShare }: NonNullable<TrialDetail['metrics']>): string {
  return `${Math.round(100 * Number(gpuThrottledShare))} % of its time: ${gpuSlowedBy}`
}

/** A metric that is no number, such as an infinite one, comes as null. */
function measured(metrics: NonNullable<TrialDetail['metrics']>): Params {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value ?? '–']))
}

function FactList({ facts }: { readonly facts: readonly (readonly [string, string | undefined])[] }) {
  return (
    <dl class="numbers small">
      {facts.map(
        ([name, text]) =>
          text !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

/** On the advisor's turn what the optimizer would have run stands beside what ran. */
function Proposed({
  study,
  trial: { params, proposal },
}: {
  readonly study: Study
  readonly trial: TrialDetail
}) {
  return (
    <>
      <ParamsTable
        params={params}
        other={proposal.optimizerParams}
        names={['ran', 'the optimizer’s own']}
        order={study}
      />
      {proposal.repairs && proposal.repairs.length > 0 && (
        <>
          <h4>Repairs</h4>
          <ul>
            {proposal.repairs.map(({ parameter, from, to, rule, because }) => (
              <li key={parameter}>
                {parameter}: {valueText(from ?? undefined)} became {valueText(to ?? undefined)} (
                {because ?? rule})
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

/** The program that it runs, and what that changed of its parent. */
function TrialProgram({
  study,
  program: { hash, parent, own, seed, edit },
}: {
  readonly study: string
  readonly program: NonNullable<TrialDetail['proposal']['program']>
}) {
  const facts: [string, string | undefined][] = [
    ['program', hash.slice(0, 8)],
    ['edited from', parent?.slice(0, 8) ?? 'nothing: it is the baseline'],
    ['constants', own ? 'its own' : 'the parameters of the trial'],
    ['seed, paired by its number', String(seed)],
    ['category', edit?.category],
    ['lines changed', edit && String(edit.linesChanged)],
    ['by', edit?.model ?? undefined],
  ]
  return (
    <section class="panel">
      <h3>Program</h3>
      <FactList facts={facts} />
      {edit && <p class="prose">{edit.description}</p>}
      <ProgramDifference study={study} hash={hash} open={edit !== undefined} />
    </section>
  )
}

function Attempts({ trial }: { readonly trial: TrialDetail }) {
  if (trial.attempts.length === 0) return <p class="soft">No worker has taken it yet.</p>
  return (
    <Scroll label="Attempts">
      <table class="texts">
        <thead>
          <tr>
            <th scope="col">attempt</th>
            <th scope="col">worker</th>
            <th scope="col">state</th>
            <th scope="col">from</th>
            <th scope="col">for</th>
          </tr>
        </thead>
        <tbody>
          {trial.attempts.map(({ attempt, worker, state, leasedAt, endedAt }) => (
            <tr key={attempt}>
              <td>{attempt}</td>
              <td>{worker}</td>
              <td>{state}</td>
              <td>
                <Time at={leasedAt} />
              </td>
              <td>
                {durationText(
                  (Date.parse(endedAt ?? new Date().toISOString()) - Date.parse(leasedAt)) / 1000,
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

interface Comparisons {
  readonly rule: string | null
  readonly reports: readonly {
    readonly step: number
    readonly threshold: number | null
    readonly forecast?: { readonly mean: number; readonly sd: number }
  }[]
}

/** The reports, and what the pruning rule compares them with. */
function Curve({
  study,
  trial: { number, reports, foreseen },
  path,
}: {
  readonly study: Study
  readonly trial: TrialDetail
  readonly path: string
}) {
  const { answer } = useResource<Comparisons>(study.pruning && `${path}/pruning`, undefined, reports.length)
  const compared = answer.value?.reports ?? []
  const forecast = foreseen?.forecast
  const last = reports.at(-1)!
  return (
    <Figure
      title="Reports"
      question={
        forecast
          ? 'Where was the trial going when it was pruned?'
          : 'How did the value move while the trial ran, and how far was it from being pruned?'
      }
      inputs={[reports, foreseen, answer.value]}
      build={(width) =>
        xyChart({
          width,
          height: 260,
          title: `Reports of trial ${number}`,
          description: `${reports.length} reports, the last ${last.value} at step ${last.step}.`,
          x: { label: 'step', whole: true },
          y: { label: study.objective.metric },
          lines: [
            { label: 'reported', colour: 'c0', points: reports.map(({ step, value }) => [step, value]) },
            ...ruleLines(answer.value),
          ],
          levels: forecast
            ? [
                {
                  at: forecast.mean,
                  label: `forecast of its end: ${numberText(forecast.mean)} ± ${numberText(forecast.sd, 2)}`,
                  colour: 'c1',
                },
              ]
            : [],
          symbols: reports.length <= 60 ? pointsOf(reports, answer.value) : [],
        })
      }
      csv={() => [
        ['step', study.objective.metric, 'threshold', 'forecastMean', 'forecastSd'],
        ...reports.map(({ step, value }) => {
          const at = compared.find((one) => one.step === step)
          return [step, value, at?.threshold, at?.forecast?.mean, at?.forecast?.sd]
        }),
      ]}
    >
      {answer.value?.rule && (
        <p class="soft">
          The threshold is that of the rule {answer.value.rule} by the trials that there are now
          {compared.every(({ threshold }) => threshold === null) &&
            '; it compares these reports with nothing: too few trials have come so far, or it is too early in the trial'}
          .
        </p>
      )}
    </Figure>
  )
}

/** Few reports have symbols: one alone is no line. */
function pointsOf(reports: TrialDetail['reports'], found: Comparisons | undefined): Symbols[] {
  const limits = (found?.reports ?? []).filter(({ threshold }) => threshold !== null)
  return [
    {
      label: 'reports',
      quiet: true,
      shape: 'circle',
      colour: 'c0',
      size: 6,
      x: reports.map(({ step }) => step),
      y: reports.map(({ value }) => value),
    },
    {
      label: 'thresholds',
      quiet: true,
      shape: 'plus',
      colour: 'bad',
      size: 8,
      x: limits.map(({ step }) => step),
      y: limits.map(({ threshold }) => threshold!),
    },
  ]
}

function ruleLines(found: Comparisons | undefined): Line[] {
  if (!found) return []
  const limits = found.reports.flatMap(({ step, threshold }) =>
    threshold === null ? [] : [[step, threshold] as const],
  )
  const expected = found.reports.flatMap(({ step, forecast }) => (forecast ? [{ step, ...forecast }] : []))
  return [
    ...(limits.length > 0
      ? [{ label: `threshold of ${found.rule}`, colour: 'bad' as const, dash: [5, 4], points: limits }]
      : []),
    ...(expected.length > 0
      ? [
          {
            label: 'forecast of its end',
            colour: 'c1' as const,
            dash: [2, 3],
            points: expected.map(({ step, mean }) => [step, mean] as const),
            band: expected.map(({ step, mean, sd }) => [step, mean - sd, mean + sd] as const),
          },
        ]
      : []),
  ]
}

function Log({ path }: { readonly path: string }) {
  const wanted = useSignal(false)
  const bytes = useSignal(16_384)
  const { answer, fault, again } = useResource<{
    tail: string
    bytes: number
    cut: boolean
    attempt: number
  }>(wanted.value ? `${path}/log?tail=${bytes.value}` : undefined)
  return (
    <details
      class="log"
      onToggle={(event) => {
        wanted.value = event.currentTarget.open
      }}
    >
      <summary>Log</summary>
      {fault.value !== undefined && <p class="soft">{(fault.value as Error).message}</p>}
      {answer.value && (
        <>
          <p class="actions">
            <button type="button" onClick={again}>
              read again
            </button>
            {answer.value.cut && (
              <button type="button" onClick={() => (bytes.value = 262_144)}>
                more of it
              </button>
            )}
            <small>
              the end of {numberText(answer.value.bytes)} bytes, attempt {answer.value.attempt}
            </small>
          </p>
          <pre tabIndex={0}>{answer.value.tail}</pre>
        </>
      )}
    </details>
  )
}

function Calls({ live, number }: { readonly live: LiveStudy; readonly number: number }) {
  const { answer } = useResource<{ calls: LlmCall[] }>(
    `${studyPath(live.name, 'llm-calls')}?number=${number}`,
  )
  const calls = answer.value?.calls ?? []
  if (calls.length === 0) return null
  return (
    <section>
      <h3>{calls.length === 1 ? 'The call behind it' : `The ${calls.length} calls behind it`}</h3>
      {calls.map((call) => (
        <CallPanel key={call.call} study={live.name} call={call} open={calls.length === 1} />
      ))}
    </section>
  )
}
