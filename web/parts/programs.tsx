/** The programs that a study's agent has written: which were kept, how they differ, and how the agent works. */
import { useSignal } from '@preact/signals'
import { barChart } from '../../charts/bars.js'
import type { TextTable } from '../../charts/experiment/tables.js'
import { numberText, percentText } from '../../charts/numbers.js'
import { studyPath } from '../app/api.js'
import { linkTo } from '../app/route.js'
import type { AgentBehaviour, ProgramDiff, ProgramEntry } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Empty, Fault, Scroll } from './controls.js'
import { useResource } from './resource.js'
import { TextTableView } from './text-table.js'

export function ProgramsPanel({ study, ended }: { readonly study: string; readonly ended: number }) {
  const { answer, fault } = useResource<{ programs: readonly ProgramEntry[] }>(
    studyPath(study, 'programs'),
    undefined,
    ended,
  )
  if (fault.value) return <Fault error={fault.value} />
  const programs = answer.value?.programs
  if (programs === undefined) return <p class="waiting">…</p>
  if (programs.length === 0)
    return (
      <Empty title="Programs">
        <p>
          Programs, their differences and the categories of their changes are of studies whose agent edits
          code. The trials of this study run with parameters alone.
        </p>
      </Empty>
    )
  return (
    <>
      <AgentFigures study={study} ended={ended} />
      <ProgramTable study={study} programs={programs} />
    </>
  )
}

const MARKS: Readonly<Record<ProgramEntry['status'], string>> = {
  kept: '✓',
  discarded: '−',
  crashed: '×',
  pending: '·',
}

function ProgramTable({
  study,
  programs,
}: {
  readonly study: string
  readonly programs: readonly ProgramEntry[]
}) {
  const shown = useSignal<string | undefined>(undefined)
  return (
    <section class="panel">
      <h2>Programs</h2>
      <Scroll label="Programs">
        <table>
          <thead>
            <tr>
              <th scope="col">trial</th>
              <th scope="col">status</th>
              <th scope="col">category</th>
              <th scope="col" class="number">
                value
              </th>
              <th scope="col" class="number">
                lines changed
              </th>
              <th scope="col">what it does</th>
              <th scope="col">program</th>
            </tr>
          </thead>
          <tbody>
            {programs.map(({ hash, number, status, because, category, value, linesChanged, description }) => (
              <tr key={hash}>
                <th scope="row">
                  <a href={linkTo('studies', study, 'trials', number)}>{number}</a>
                </th>
                <td title={because ?? undefined}>
                  <span aria-hidden="true">{MARKS[status]}</span> {status}
                </td>
                <td>{category}</td>
                <td class="number">{value === null ? '–' : numberText(value, 6)}</td>
                <td class="number">{linesChanged}</td>
                <td>{description}</td>
                <td>
                  <button
                    type="button"
                    aria-expanded={shown.value === hash}
                    aria-label={`Difference of program ${hash.slice(0, 8)}`}
                    onClick={() => (shown.value = shown.value === hash ? undefined : hash)}
                  >
                    <code>{hash.slice(0, 8)}</code>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.value && <Difference key={shown.value} study={study} hash={shown.value} />}
    </section>
  )
}

/** From its parent, or the whole of a baseline. */
function Difference({ study, hash }: { readonly study: string; readonly hash: string }) {
  const { answer, fault } = useResource<ProgramDiff>(studyPath(study, 'programs', hash, 'diff'))
  if (fault.value) return <Fault error={fault.value} />
  if (!answer.value) return <p class="soft">…</p>
  const { from, diff } = answer.value
  return (
    <>
      <h3>{from ? `From ${from.slice(0, 8)} to ${hash.slice(0, 8)}` : `Program ${hash.slice(0, 8)}`}</h3>
      <pre tabIndex={0}>{diff || 'It changes nothing.'}</pre>
    </>
  )
}

function AgentFigures({ study, ended }: { readonly study: string; readonly ended: number }) {
  const { answer } = useResource<AgentBehaviour>(studyPath(study, 'behaviour'), undefined, ended)
  const found = answer.value
  if (found === undefined || found.n === 0) return null
  const rows = Object.entries(found.categories)
    .sort((a, b) => b[1] - a[1])
    .map(([label, count]) => ({ label, values: [count] }))
  return (
    <>
      <Figure
        title="Categories of the edits"
        question={`What does the agent try? ${found.breadth} categories in ${found.n} edits, by its own word.`}
        inputs={[found]}
        build={(width) =>
          barChart({
            title: `Categories of the edits of ${study}`,
            description: rows.map(({ label, values }) => `${label}: ${values[0]}`).join('; '),
            width,
            x: { label: 'edits', whole: true },
            series: [{ label: 'edits', colour: 'c0' }],
            rows,
          })
        }
        csv={() => [['category', 'edits'], ...rows.map(({ label, values }) => [label, values[0]])]}
      />
      <section class="panel">
        <h2>How the agent works</h2>
        <TextTableView label="How the agent works" table={behaviourTable(found)} />
      </section>
    </>
  )
}

function behaviourTable(found: AgentBehaviour): TextTable {
  const interval = (ends: readonly [number, number] | null, text: (value: number) => string) =>
    ends === null ? '–' : `${text(ends[0])} to ${text(ends[1])}`
  const share = (name: string, { value, count, of, interval: ends }: AgentBehaviour['success']) => [
    name,
    percentText(value),
    interval(ends, percentText),
    `${count} of ${of}`,
  ]
  const number = (value: number) => numberText(value, 3)
  return {
    head: ['what', 'value', '95 % interval', 'edits'],
    words: 1,
    rows: [
      share('kept, of all', found.success),
      share('kept, of what did not crash', found.keepRate),
      share('crashed', found.crashRate),
      share('could not be applied', found.skipRate),
      share('another category after a failure', found.pivots),
      share('the same program again', found.repeats.programs),
      share('the same change again', found.repeats.patches),
      share('the same description again', found.repeats.descriptions),
      [
        'entropy of categories, bits',
        found.entropyBits.value === null ? '–' : number(found.entropyBits.value),
        interval(found.entropyBits.interval, number),
        String(found.n),
      ],
      [
        'edits between two keeps, mean',
        found.meanDryStreak.value === null ? '–' : number(found.meanDryStreak.value),
        interval(found.meanDryStreak.interval, number),
        String(found.dryStreaks.length),
      ],
    ],
  }
}
