/** The cells of an experiment, arms × seeds, and those that ended without a result. */
import { dollarsText, numberText, percentText } from '../../../charts/numbers.js'
import { linkTo } from '../../app/route.js'
import type { Cell, Experiment } from '../../data/types.js'
import { Action, Commands, Scroll } from '../../parts/controls.js'

const CELL_MARKS: Readonly<Record<string, string>> = {
  waiting: '·',
  running: '▶',
  measuring: '◆',
  finished: '✓',
  failed: '×',
  stopped: '■',
}

export function CellGrid({
  experiment: { arms, seeds, cells },
  metric,
  path,
  done,
}: {
  readonly experiment: Experiment
  readonly metric: string | undefined
  readonly path: string
  readonly done: () => void
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
      <NotFinished cells={cells} path={path} done={done} />
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

/** Cells without a result, with the reason and a way to run each again. */
function NotFinished({
  cells,
  path,
  done,
}: {
  readonly cells: readonly Cell[]
  readonly path: string
  readonly done: () => void
}) {
  const open = cells.filter(({ state }) => state === 'failed' || state === 'stopped')
  if (open.length === 0) return null
  const retry = ({ arm, seed }: Cell) =>
    ({ method: 'POST', path: `${path}/cells/${encodeURIComponent(arm)}/${seed}/retry` }) as const
  return (
    <>
      <h3>Without a result</h3>
      <ul class="plain-list">
        {open.map((cell) => (
          <li key={cell.study}>
            <a href={linkTo('studies', cell.study)}>
              {cell.arm}, seed {cell.seed}
            </a>{' '}
            {cell.state}
            {cell.reason && `: ${cell.reason}`}{' '}
            <Action label={`retry ${cell.arm}, seed ${cell.seed}`} call={retry(cell)} done={done} />
          </li>
        ))}
      </ul>
      <Commands calls={[{ label: `retry ${open[0]!.arm}, seed ${open[0]!.seed}`, call: retry(open[0]!) }]} />
    </>
  )
}
