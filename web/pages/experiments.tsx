/** Page 9: the experiments of the service: grids of studies that were declared before they ran. */
import { useEffect } from 'preact/hooks'
import { durationText, percentText } from '../../charts/numbers.js'
import { linkTo } from '../app/route.js'
import { FIRST_EXPERIMENT } from '../data/first-experiment.js'
import type { ExperimentSummary } from '../data/types.js'
import { Code, Empty, Fault, Scroll, StateBadge, Time } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'

const AGAIN_MS = 4000

export default function ExperimentsPage() {
  const { answer, fault } = useResource<{ experiments: ExperimentSummary[] }>(
    '/experiments?limit=100',
    AGAIN_MS,
  )
  useEffect(() => {
    document.title = 'Experiments · Chiron'
  }, [])
  if (fault.value) return <Fault error={fault.value} />
  if (!answer.value) return <p class="waiting">…</p>
  const { experiments } = answer.value
  return (
    <>
      <div class="title-row">
        <h1>Experiments</h1>
        <span class="actions">
          <a class="button main" href={linkTo('new-experiment')}>
            new experiment
          </a>
        </span>
      </div>
      {experiments.length === 0 ? <FirstExperiment /> : <ExperimentTable experiments={experiments} />}
    </>
  )
}

function ExperimentTable({ experiments }: { readonly experiments: readonly ExperimentSummary[] }) {
  return (
    <Scroll label="Experiments">
      <table>
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <th scope="col">State</th>
            <th scope="col">Arms</th>
            <th scope="col" class="number">
              Seeds
            </th>
            <th scope="col">Cells ended</th>
            <th scope="col">Last updated</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map(({ id, name, description, state, reason, arms, seeds, progress, updatedAt }) => (
            <tr key={id}>
              <th scope="row">
                <a href={linkTo('experiments', name)}>{name}</a>
                {description && (
                  <small>
                    <br />
                    {description}
                  </small>
                )}
              </th>
              <td>
                <StateBadge state={state} reason={reason} />
              </td>
              <td class="list">{arms.join(', ')}</td>
              <td class="number">{seeds}</td>
              <td>
                <span class="budget">
                  <progress value={progress.share} max={1} aria-label="Cells that have ended" />
                  <small>
                    {percentText(progress.share)}
                    {progress.etaSeconds !== undefined && `, ${durationText(progress.etaSeconds)} left`}
                  </small>
                </span>
              </td>
              <td>
                <Time at={updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function FirstExperiment() {
  const body = { name: 'first-comparison', ...FIRST_EXPERIMENT }
  return (
    <Empty title="No experiments yet">
      <p>
        An experiment is a grid of studies, arms × seeds, with its analysis, declared before it runs. It says
        beforehand what so many seeds can show.
      </p>
      <Code
        label="curl: three optimizers on a simulated GPU, eight seeds each"
        text={`curl -s ${location.origin}/experiments -H 'content-type: application/json' -d '${JSON.stringify(body, null, 2)}'`}
      />
      <Code label="or from a file" text="chiron compare comparison.json" />
    </Empty>
  )
}
