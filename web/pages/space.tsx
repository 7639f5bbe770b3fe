/** Page 3: where in the space the search looked, and where it is good. */
import { useEffect, useMemo } from 'preact/hooks'
import { queried, setQuery } from '../app/route.js'
import { readBrushes, setBrush } from '../data/brushes.js'
import { parametersOf, searchedNames } from '../data/space.js'
import type { LiveStudy } from '../data/study.js'
import { Choice, Empty } from '../parts/controls.js'
import { PairFigure } from './space/pair-figure.js'
import { PanelFigures } from './space/panel-figures.js'
import { ParallelFigure } from './space/parallel-figure.js'

const VIEWS = [
  ['parallel', 'parallel coordinates'],
  ['slices', 'slices: value over each parameter'],
  ['pairs', 'two parameters'],
  ['time', 'each parameter over the search'],
] as const
export type View = (typeof VIEWS)[number][0]

export default function SpacePage({ live }: { readonly live: LiveStudy }) {
  useEffect(() => live.needEverything(), [live])
  const study = live.study.value
  const version = live.version.value
  const names = useMemo(
    () => (study ? searchedNames(live, study) : []),
    [study && parametersOf(study), version, live.complete.value],
  )
  if (!study || !live.loaded.value) return <p class="waiting">…</p>
  if (live.table.size === 0)
    return (
      <Empty title="Nothing to show yet">
        <p>
          With the first trial its parameters appear here; from some ten trials on the pictures begin to say
          something.
        </p>
      </Empty>
    )
  if (!live.complete.value) return <p class="waiting">Reading the parameters of {live.table.size} trials …</p>
  const view = (VIEWS.find(([key]) => key === queried('view'))?.[0] ?? 'parallel') as View
  const brushes = readBrushes()
  const props = { live, study, names, brushes, version, top: readTop() }
  return (
    <>
      <div class="controls">
        <Choice
          label="Show"
          value={view}
          options={VIEWS}
          onChange={(value) => setQuery({ view: value === 'parallel' ? '' : value })}
        />
        <Choice
          label="of"
          value={queried('top', 'all')}
          options={[
            ['all', 'all trials'],
            ['1000', 'the best 1000'],
            ['100', 'the best 100'],
            ['20', 'the best 20'],
          ]}
          onChange={(value) => setQuery({ top: value === 'all' ? '' : value })}
        />
        {[...brushes].map(([name]) => (
          <button key={name} type="button" class="brush" onClick={() => setBrush(name, undefined)}>
            {name} <span aria-hidden="true">×</span>
            <span class="unseen">: remove this filter</span>
          </button>
        ))}
      </div>
      {view === 'parallel' && <ParallelFigure {...props} />}
      {view === 'pairs' && <PairFigure {...props} />}
      {(view === 'slices' || view === 'time') && <PanelFigures {...props} view={view} />}
    </>
  )
}

function readTop(): number {
  const top = Number(queried('top'))
  return Number.isInteger(top) && top > 0 ? top : Number.POSITIVE_INFINITY
}
