/** How the arms work whose agent edits programs: figures over seeds, and the hypotheses that were declared about them. */
import { armBehaviourTable, hypothesisTable } from '../../../charts/agent/tables.js'
import type { Experiment, ExperimentBehaviour } from '../../data/types.js'
import { Empty, Fault } from '../../parts/controls.js'
import { useResource } from '../../parts/resource.js'
import { TextTableView } from '../../parts/text-table.js'

export function Behaviour({ experiment }: { readonly experiment: Experiment }) {
  const agents = experiment.arms.filter(
    ({ method }) => typeof method !== 'string' && method.agent !== undefined,
  )
  return agents.length === 0 ? <NoAgents experiment={experiment} /> : <Agents experiment={experiment} />
}

function NoAgents({ experiment: { arms } }: { readonly experiment: Experiment }) {
  const advised = arms.filter(({ model }) => model !== undefined)
  return (
    <Empty title="Behaviour">
      <p>
        Categories of edits, success rates and dry streaks are of arms whose agent edits programs, and no arm
        of this experiment has one. What its arms ask a language model is on the page Advice of each cell
        {advised.length > 0 ? `: see those of ${advised.map(({ name }) => name).join(', ')}` : ''}.
      </p>
    </Empty>
  )
}

function Agents({ experiment }: { readonly experiment: Experiment }) {
  const { answer, fault } = useResource<ExperimentBehaviour>(
    `/experiments/${encodeURIComponent(experiment.name)}/behaviour`,
    undefined,
    experiment.progress.finished,
  )
  if (fault.value) return <Fault error={fault.value} />
  const found = answer.value
  if (found === undefined) return <p class="waiting">…</p>
  return (
    <section class="panel">
      <h2>How the agents work</h2>
      <p class="soft">
        The mean over seeds, with its 95 % interval. These figures are described, not tested.
      </p>
      <TextTableView label="How the agents work" table={armBehaviourTable(found)} />
      {found.hypotheses.length > 0 && (
        <>
          <h3>Declared hypotheses</h3>
          <TextTableView label="Declared hypotheses" table={hypothesisTable(found)} />
        </>
      )}
    </section>
  )
}
