/** The programs that a study's agent has written: which were kept, how they differ, and how the agent works. */
import { useSignal } from '@preact/signals'
import { categoriesChart, categoriesOverTimeChart, programsChart } from '../../charts/agent/figures.js'
import { behaviourTable, categoryTable } from '../../charts/agent/tables.js'
import { numberText } from '../../charts/numbers.js'
import { studyPath } from '../app/api.js'
import { goTo, linkTo } from '../app/route.js'
import type { AgentBehaviour, ProgramEntry, Study } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Empty, Fault, Scroll } from './controls.js'
import { ProgramDifference } from './program-difference.js'
import { useResource } from './resource.js'
import { TextTableView } from './text-table.js'

export function ProgramsPanel({ study, ended }: { readonly study: Study; readonly ended: number }) {
  const { answer, fault } = useResource<{ programs: readonly ProgramEntry[] }>(
    studyPath(study.name, 'programs'),
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
      <AgentFigures study={study} programs={programs} ended={ended} />
      <ProgramTable study={study.name} programs={programs} />
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
      {shown.value && <ProgramDifference key={shown.value} study={study} hash={shown.value} open />}
    </section>
  )
}

function AgentFigures({
  study: { name, objective },
  programs,
  ended,
}: {
  readonly study: Study
  readonly programs: readonly ProgramEntry[]
  readonly ended: number
}) {
  const { answer } = useResource<AgentBehaviour>(studyPath(name, 'behaviour'), undefined, ended)
  const found = answer.value
  return (
    <>
      <Figure
        title="Programs"
        question="Which edits were kept, and is the best program still improving?"
        inputs={[programs]}
        build={(width) => programsChart(programs, objective, width)}
        about={(number) => aboutProgram(programs, number)}
        onPick={(number) => goTo('studies', name, 'trials', number)}
        csv={() => [
          ['trial', 'program', 'parent', 'status', 'category', objective.metric, 'linesChanged'],
          ...programs.map((one) => [
            one.number,
            one.hash,
            one.parent,
            one.status,
            one.category,
            one.value,
            one.linesChanged,
          ]),
        ]}
      />
      {found !== undefined && found.n > 0 && <Behaviour found={found} programs={programs} />}
    </>
  )
}

function aboutProgram(programs: readonly ProgramEntry[], number: number): string {
  const found = programs.find((program) => program.number === number)
  if (found === undefined) return ''
  const value = found.value === null ? '' : ` ${numberText(found.value, 6)}`
  return `trial ${number}: ${found.status}${value}, ${found.category}`
}

function Behaviour({
  found,
  programs,
}: {
  readonly found: AgentBehaviour
  readonly programs: readonly ProgramEntry[]
}) {
  const table = categoryTable(found)
  return (
    <>
      <Figure
        title="Categories of the edits"
        question={`What does the agent try, and what became of it? ${found.breadth} categories in ${found.n} edits, by its own word.`}
        inputs={[found]}
        build={(width) => categoriesChart(found.byCategory, width)}
        csv={() => [table.head, ...table.rows]}
      />
      <Figure
        title="Categories over time"
        question="Does the agent go on trying different things?"
        inputs={[programs]}
        build={(width) => categoriesOverTimeChart(programs, width)}
        csv={() => [['trial', 'category'], ...programs.map(({ number, category }) => [number, category])]}
      />
      <section class="panel">
        <h2>What each category gave, and what it cost</h2>
        <TextTableView label="What each category gave" table={table} />
      </section>
      <section class="panel">
        <h2>How the agent works</h2>
        <TextTableView label="How the agent works" table={behaviourTable(found)} />
      </section>
    </>
  )
}
