/** Page 7: what the advisor was asked and said, what became of it, and what it cost. */
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { barChart } from '../../charts/bars.js'
import { dollarsText, numberText, percentText } from '../../charts/numbers.js'
import { looksOf } from '../../charts/sources.js'
import { type Line, xyChart } from '../../charts/xy.js'
import { get, studyPath } from '../app/api.js'
import { goTo, linkTo, queried, setQuery } from '../app/route.js'
import type { LiveStudy } from '../data/study.js'
import type { AdviceExpectations, AdviceSummary, Inquiry, LlmCall, Study, Summary } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { valueText } from '../parts/best.js'
import { CallPanel } from '../parts/call.js'
import { Choice, Code, Empty, Fault, Scroll } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'
import { TemplatesPanel } from '../parts/templates.js'

export default function AdvicePage({ live }: { readonly live: LiveStudy }) {
  const [study, summary] = [live.study.value, live.summary.value]
  if (!study || !summary || !live.loaded.value) return <p class="waiting">…</p>
  if (summary.advisor === undefined) return <NoAdvisor live={live} study={study} summary={summary} />
  const { as } = summary.advisor
  return (
    <>
      <AdviceNumbers advisor={summary.advisor} />
      {summary.advisor.warnings.map((warning) => (
        <p key={warning} class="fault">
          {warning}
        </p>
      ))}
      <div class="columns">
        <ShareFigure live={live} study={study} />
        {as !== 'prior' && <Outcomes advisor={summary.advisor} />}
      </div>
      <ExpectationFigure live={live} study={study} />
      <SourcesTable study={study} summary={summary} />
      {as !== 'override' && <BeliefsPanel live={live} />}
      <TemplatesPanel study={live.name} />
      <CallsPanel live={live} />
    </>
  )
}

function NoAdvisor({
  live,
  study,
  summary,
}: {
  readonly live: LiveStudy
  readonly study: Study
  readonly summary: Summary
}) {
  const body = {
    name: `${study.name}-advised`,
    space: study.space,
    objective: study.objective,
    method: 'centaur',
    budget: study.budget,
  }
  return (
    <>
      <Empty title="This study has no advisor">
        <p>
          Its optimizer proposes every trial. The method <code>centaur</code> lets a language model override
          30 % of them; <code>centaur-expert</code> does the same with rules of thumb, without a key. Another
          study tells whether it helps:
        </p>
        <Code
          label="curl"
          text={`curl -s ${location.origin}/studies -H 'content-type: application/json' -d '${JSON.stringify(body)}'`}
        />
      </Empty>
      {Object.keys(summary.sources).length > 1 && <SourcesTable study={study} summary={summary} />}
      {live.table.size > 0 && Object.keys(summary.sources).length > 1 && (
        <ShareFigure live={live} study={study} />
      )}
    </>
  )
}

function AdviceNumbers({ advisor }: { readonly advisor: AdviceSummary }) {
  const facts: [string, string][] = [
    ['advisor', advisor.model ?? advisor.kind],
    ...(advisor.as === 'prior' ? beliefFacts(advisor) : turnFacts(advisor)),
    ...(advisor.calls === undefined
      ? []
      : ([
          ['calls', numberText(advisor.calls, 6)],
          ['tokens', numberText(advisor.tokens?.total ?? 0, 6)],
          ['dollars', dollarsText(advisor.dollars ?? 0)],
        ] as [string, string][])),
  ]
  return (
    <dl class="numbers small">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

function turnFacts(advisor: AdviceSummary): [string, string][] {
  return [
    ['share: target', percentText(advisor.target)],
    ['share: realised', percentText(advisor.realised)],
    ['turns', `${advisor.taken} taken of ${advisor.turns}`],
    ['fallbacks', percentText(advisor.fallbackRate)],
    ['duplicates', percentText(advisor.duplicateRate)],
  ]
}

/** A prior has no turns. */
function beliefFacts({ beliefs }: AdviceSummary): [string, string][] {
  if (beliefs === undefined) return []
  const { asked, given, held } = beliefs
  const weight = held && (held.givenUp ? 'given up' : numberText(held.weight, 2))
  return [
    ['asked for beliefs', numberText(asked, 6)],
    ['answered', numberText(given, 6)],
    ...(weight === undefined ? [] : [['weight now', weight] as [string, string]]),
  ]
}

/** The share of each source among the last trials. */
function ShareFigure({ live, study }: { readonly live: LiveStudy; readonly study: Study }) {
  const lines = useMemo(() => shareLines(live), [live.version.value])
  if (lines.length === 0) return null
  return (
    <Figure
      title="Who proposes"
      question="Which share of the last 25 trials came from each source?"
      inputs={[lines]}
      build={(width) =>
        xyChart({
          width,
          height: 280,
          title: `Sources of the trials of ${study.name}`,
          description: lines
            .map(({ label, points }) => `${label}: ${percentText(points.at(-1)?.[1])} at the end`)
            .join('; '),
          x: { label: 'trial', whole: true },
          y: { label: 'share of the last 25', domain: [0, 1] },
          lines,
        })
      }
      csv={() => [
        ['source', 'trial', 'share'],
        ...lines.flatMap(({ label, points }) => points.map(([x, y]) => [label, x, y])),
      ]}
    />
  )
}

const WINDOW = 25
const MOST_POINTS = 400

function shareLines({ table }: LiveStudy): Line[] {
  const column = table.column('source')
  if (column === undefined || table.size < 2) return []
  const looks = looksOf(column.categories)
  const every = Math.max(1, Math.floor(table.size / MOST_POINTS))
  return column.categories.map((source, code) => {
    const points: [number, number][] = []
    let count = 0
    for (let row = 0; row < table.size; row++) {
      if (column.values[row] === code) count++
      if (row >= WINDOW && column.values[row - WINDOW] === code) count--
      if (row % every === 0 || row === table.size - 1)
        points.push([table.numbers('number')[row]!, count / Math.min(row + 1, WINDOW)])
    }
    return {
      label: source,
      colour: looks.get(source)!.colour,
      points,
      endLabel: true,
      ...(code > 0 && {
        dash: [
          [7, 4],
          [2, 3],
          [10, 3, 2, 3],
        ][(code - 1) % 3]!,
      }),
    }
  })
}

function Outcomes({ advisor }: { readonly advisor: AdviceSummary }) {
  const rows = [
    { label: 'advice taken', values: [advisor.taken] },
    ...Object.entries(advisor.fallbacks)
      .sort((a, b) => b[1] - a[1])
      .map(([reason, count]) => ({ label: reason, values: [count] })),
  ]
  return (
    <Figure
      title="What became of the advisor’s turns"
      question="How often did the optimizer’s own point run instead, and why?"
      inputs={[advisor]}
      build={(width) =>
        barChart({
          title: 'What became of the advisor’s turns',
          description: rows.map(({ label, values }) => `${label}: ${values[0]}`).join('; '),
          width,
          x: { label: 'trials', whole: true },
          series: [{ label: 'trials', colour: 'c0' }],
          rows,
        })
      }
      csv={() => [['what', 'trials'], ...rows.map(({ label, values }) => [label, values[0]])]}
    />
  )
}

/** Below the diagonal the model expects more of the advice than of the optimizer’s own point, where lower is better. */
function ExpectationFigure({ live, study }: { readonly live: LiveStudy; readonly study: Study }) {
  const taken = live.summary.value?.advisor?.taken ?? 0
  const { answer } = useResource<AdviceExpectations>(
    taken > 0 ? `${studyPath(live.name, 'expectations')}` : undefined,
    undefined,
    taken,
  )
  const found = answer.value
  if (found === undefined) return null
  if (found.status !== 'shown' || found.advised.length === 0)
    return (
      <Empty title="What the model expects of the advice">
        <p>
          {found.reason ?? 'No trial has run what the advisor said, beside a point of the optimizer’s own.'}
        </p>
      </Empty>
    )
  const { advised } = found
  const metric = study.objective.metric
  const better = advised.filter(({ advice, own }) =>
    study.objective.direction === 'minimize' ? advice.mean < own.mean : advice.mean > own.mean,
  ).length
  const all = advised.flatMap(({ advice, own }) => [advice.mean, own.mean])
  const ends = [Math.min(...all), Math.max(...all)] as const
  return (
    <Figure
      title="What the model expects of the advice"
      question={`Is the advice better than what the optimizer would have run? ${study.objective.direction === 'minimize' ? 'Below' : 'Above'} the line it is: ${better} of ${advised.length} times. In hindsight: the model knows how the advised trials ended, and not the points that did not run.`}
      inputs={[found]}
      build={(width) =>
        xyChart({
          width: Math.min(width, 640),
          height: 360,
          title: `Advice and own points in ${study.name}`,
          description: `${better} of ${advised.length} times the model expects the advice to be better.`,
          x: { label: `${metric} expected of the optimizer’s own point` },
          y: { label: `${metric} expected of the advice` },
          lines: [
            {
              label: 'equal',
              colour: 'soft',
              dash: [5, 4],
              width: 1.2,
              points: [
                [ends[0], ends[0]],
                [ends[1], ends[1]],
              ],
            },
          ],
          symbols: [
            {
              label: 'advised trials',
              shape: 'diamond',
              colour: 'c1',
              size: 8,
              opacity: 0.8,
              x: advised.map(({ own }) => own.mean),
              y: advised.map(({ advice }) => advice.mean),
              ids: advised.map(({ number }) => number),
            },
          ],
        })
      }
      about={(number) => {
        const one = advised.find((trial) => trial.number === number)
        return one === undefined
          ? ''
          : `trial ${number}: advice ${expectedText(one.advice)}, own point ${expectedText(one.own)}${one.value === null ? '' : `, gave ${numberText(one.value, 6)}`}`
      }}
      onPick={(number) => goTo('studies', live.name, 'trials', number)}
      csv={() => [
        ['trial', 'source', 'value', 'adviceMean', 'adviceSd', 'ownMean', 'ownSd'],
        ...advised.map(({ number, source, value, advice, own }) => [
          number,
          source,
          value,
          advice.mean,
          advice.sd,
          own.mean,
          own.sd,
        ]),
      ]}
    />
  )
}

function expectedText({ mean, sd }: { readonly mean: number; readonly sd: number }): string {
  return `${numberText(mean, 5)}\u00a0±\u00a0${numberText(sd, 2)}`
}

function SourcesTable({ study, summary }: { readonly study: Study; readonly summary: Summary }) {
  return (
    <section class="panel">
      <h3>Sources</h3>
      <Scroll label="Sources">
        <table>
          <thead>
            <tr>
              <th scope="col">source</th>
              {['trials', 'complete', 'pruned', 'failed', 'out of memory'].map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(summary.sources).map(
              ([source, { trials, complete, pruned, failed, oomRate }]) => (
                <tr key={source}>
                  <th scope="row">
                    <a
                      href={`${linkTo('studies', study.name, 'trials')}?filter=${encodeURIComponent(`source = "${source}"`)}`}
                    >
                      {source}
                    </a>
                  </th>
                  <td class="number">{trials}</td>
                  <td class="number">{complete}</td>
                  <td class="number">{pruned}</td>
                  <td class="number">{Object.values(failed).reduce((sum, count) => sum + count, 0)}</td>
                  <td class="number">{percentText(oomRate)}</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function BeliefsPanel({ live }: { readonly live: LiveStudy }) {
  const { answer, fault } = useResource<{ beliefs: Inquiry[] }>(
    `${studyPath(live.name, 'beliefs')}?limit=1000`,
    undefined,
    live.summary.value?.advisor?.beliefs?.asked,
  )
  if (fault.value) return <Fault error={fault.value} />
  const inquiries = answer.value?.beliefs ?? []
  if (inquiries.length === 0) return <p class="soft">The advisor has not been asked for its beliefs yet.</p>
  const given = inquiries.filter(({ beliefs }) => beliefs !== null)
  const names = [...new Set(given.flatMap(({ beliefs }) => Object.keys(beliefs!.parameters)))]
  const products = [...new Set(given.flatMap(({ beliefs }) => (beliefs!.relations ?? []).map(productText)))]
  return (
    <section class="panel">
      <h3>Beliefs</h3>
      {given.length === 0 ? (
        <p>None of {inquiries.length} answers held beliefs that could be used.</p>
      ) : (
        <Scroll label="Beliefs">
          <table>
            <thead>
              <tr>
                <th scope="col">parameter</th>
                {given.map(({ number }) => (
                  <th key={number} scope="col">
                    before trial {number}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {given.map(({ number, beliefs }) => {
                    const belief = beliefs!.parameters[name]
                    return (
                      <td key={number}>
                        {belief === undefined
                          ? '–'
                          : `${valueText(belief.centre)} (${percentText(belief.confidence)})`}
                      </td>
                    )
                  })}
                </tr>
              ))}
              {products.map((product) => (
                <tr key={product}>
                  <th scope="row">{product}</th>
                  {given.map(({ number, beliefs }) => {
                    const relation = beliefs!.relations?.find((one) => productText(one) === product)
                    return <td key={number}>{relation === undefined ? '–' : relationText(relation)}</td>
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {inquiries.map(({ number, note, reason }) =>
        (note ?? reason) ? (
          <p key={number} class="prose note">
            Before trial {number}: {note ?? reason}
          </p>
        ) : null,
      )}
    </section>
  )
}

type Relation = NonNullable<NonNullable<Inquiry['beliefs']>['relations']>[number]

function productText({ of }: Relation): string {
  const powers = Object.entries(of).map(([name, { power }]) => (power === 1 ? name : `${name}^${power}`))
  return powers.join(' · ')
}

function relationText({ of, factor, confidence }: Relation): string {
  const values = Object.values(of).map(({ at }) => numberText(at, 3))
  return `what it is at ${values.join(', ')}, within a factor of ${numberText(factor, 3)} (${percentText(confidence)})`
}

const CALLS_AT_ONCE = 50

function CallsPanel({ live }: { readonly live: LiveStudy }) {
  const outcome = queried('outcome')
  const calls = useSignal<readonly LlmCall[]>([])
  const next = useSignal<string | undefined>(undefined)
  const fault = useSignal<unknown>(undefined)
  const read = async (cursor?: string) => {
    try {
      const query = new URLSearchParams({ limit: String(CALLS_AT_ONCE), ...(cursor && { cursor }) })
      const page = await get<{ calls: LlmCall[]; nextCursor?: string }>(
        `${studyPath(live.name, 'llm-calls')}?${query}`,
      )
      calls.value = cursor ? [...calls.value, ...page.calls] : page.calls
      next.value = page.nextCursor
    } catch (error) {
      fault.value = error
    }
  }
  useEffect(() => {
    void read()
  }, [live.summary.value?.advisor?.calls])
  if (fault.value) return <Fault error={fault.value} />
  if (calls.value.length === 0) return null
  const outcomes = [...new Set(calls.value.map((call) => call.outcome))]
  const shown = calls.value.filter((call) => outcome === '' || call.outcome === outcome)
  return (
    <section>
      <h3>Calls</h3>
      <CostFigure calls={calls.value} more={next.value !== undefined} />
      <Choice
        label="Outcome"
        value={outcome}
        options={[['', 'any'], ...outcomes]}
        onChange={(value) => setQuery({ outcome: value })}
      />
      {shown.map((call) => (
        <CallPanel key={`${call.number}-${call.call}`} study={live.name} call={call} />
      ))}
      {next.value && (
        <button type="button" onClick={() => read(next.value)}>
          more calls
        </button>
      )}
    </section>
  )
}

function CostFigure({ calls, more }: { readonly calls: readonly LlmCall[]; readonly more: boolean }) {
  let sum = 0
  const points = calls.map(({ number, dollars }): [number, number] => {
    sum += dollars ?? 0
    return [number, sum]
  })
  if (sum === 0) return null
  return (
    <Figure
      title="Cost of the calls"
      question={
        more ? `What did they cost? The first ${calls.length}: more calls are below.` : 'What did they cost?'
      }
      inputs={[calls]}
      build={(width) =>
        xyChart({
          width,
          height: 220,
          title: 'Dollars for calls, added up',
          description: `${calls.length} calls cost ${dollarsText(sum)}.`,
          x: { label: 'trial', whole: true },
          y: { label: 'dollars', include: [0] },
          lines: [{ label: 'dollars', colour: 'c0', steps: true, points }],
        })
      }
      csv={() => [['trial', 'dollars'], ...points]}
    />
  )
}
