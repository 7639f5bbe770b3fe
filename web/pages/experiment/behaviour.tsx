/** How the arms behave that write code: the figures come with the first program that a cell has run. */
import type { Experiment } from '../../data/types.js'
import { Empty } from '../../parts/controls.js'

export function Behaviour({ experiment: { arms } }: { readonly experiment: Experiment }) {
  const advised = arms.filter(({ model }) => model !== undefined)
  return (
    <Empty title="Behaviour">
      <p>
        Categories of changes, success rates, dry streaks and differences of programs are of arms that write
        code, and no arm of this experiment does. What its arms ask a language model is on the page Advice of
        each cell{advised.length > 0 ? `: see those of ${advised.map(({ name }) => name).join(', ')}` : ''}.
      </p>
    </Empty>
  )
}
