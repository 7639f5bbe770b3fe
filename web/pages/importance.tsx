/** Page 4: which parameters matter, by a model of all trials. Nothing is shown where the model explains nothing. */
import { useEffect, useMemo } from 'preact/hooks'
import { barChart } from '../../charts/bars.js'
import { percentText } from '../../charts/numbers.js'
import { studyPath } from '../app/api.js'
import { linkTo } from '../app/route.js'
import type { LiveStudy } from '../data/study.js'
import type { Importances, Study } from '../data/types.js'
import { Figure } from '../figure/figure.js'
import { Commands, Empty, Fault } from '../parts/controls.js'
import { useResource } from '../parts/resource.js'

/** The model is not fitted more often than this while one looks. */
const AGAIN_MS = 15_000

export default function ImportancePage({ live }: { readonly live: LiveStudy }) {
  const path = studyPath(live.name, 'importances')
  const { answer, fault, again } = useResource<Importances>(path)
  const study = live.study.value
  const seen = live.version.value
  useEffect(() => {
    const timer = setTimeout(again, AGAIN_MS)
    return () => clearTimeout(timer)
  }, [seen === 0 ? 0 : Math.floor(performance.now() / AGAIN_MS)])
  if (fault.value) return <Fault error={fault.value} />
  const found = answer.value
  if (!study || !found) return <p class="waiting">A model learns from the trials: this takes some seconds.</p>
  if (found.status !== 'shown') return <NotShown found={found} study={study} />
  return (
    <>
      <ImportanceFigure found={found} study={study} />
      <p class="prose soft">
        A Gaussian process was fitted to {found.trials}
        {found.of > found.trials ? ` of ${found.of}` : ''} trials, whichever optimizer proposed them
        {found.sampled && ' (the best and an even sample of the others)'}. It predicts a trial that it has not
        seen with R² = {found.r2?.toFixed(2)} (leave-one-out). <b>Over the space</b> is the Sobol total index:
        the share of the spread that is lost when the parameter is held fixed; with interactions the shares
        add up to more than 100 %. <b>Near the recommendation</b> says what still matters around{' '}
        {found.recommended ? (
          <a href={linkTo('studies', live.name, 'trials', found.recommended.number)}>
            trial {found.recommended.number}
          </a>
        ) : (
          'the best configuration'
        )}
        : the shares add up to 100 %.
      </p>
      <Commands calls={[{ label: 'the same numbers', call: { method: 'GET', path } }]} />
    </>
  )
}

function ImportanceFigure({ found, study }: { readonly found: Importances; readonly study: Study }) {
  const rows = useMemo(
    () =>
      Object.keys(found.total)
        .sort((a, b) => found.total[b]! - found.total[a]!)
        .map((name) => ({ label: name, values: [found.total[name]!, found.local[name] ?? null] })),
    [found],
  )
  return (
    <Figure
      title={`What moves ${study.objective.metric}`}
      question="Which parameters are worth a finer search, and which can be left as they are?"
      inputs={[rows]}
      build={(width) =>
        barChart({
          title: `Importance of the parameters for ${study.objective.metric}`,
          description: `The most important over the space is ${rows[0]?.label} with ${percentText(rows[0]?.values[0])}.`,
          width,
          x: { label: 'share of the spread, %' },
          series: [
            { label: 'over the space (Sobol, total)', colour: 'c0' },
            { label: 'near the recommendation', colour: 'c4' },
          ],
          rows: rows.map(({ label, values }) => ({
            label,
            values: values.map((share) => (share === null ? null : 100 * share)),
          })),
          text: (percent) => percentText(percent / 100),
        })
      }
      csv={() => [['parameter', 'total', 'local'], ...rows.map(({ label, values }) => [label, ...values])]}
    />
  )
}

function NotShown({ found, study }: { readonly found: Importances; readonly study: Study }) {
  return (
    <Empty title={found.status === 'weak' ? 'The trials do not show it' : 'Too few trials'}>
      <p>{found.reason}</p>
      {found.status === 'weak' && found.r2 !== null && (
        <p>
          Leave-one-out R² = {found.r2.toFixed(2)} over {found.trials} trials. Below 0.1 an importance would
          be a guess.
        </p>
      )}
      <p>
        <a href={linkTo('studies', study.name, 'space')}>The slices</a> show the trials themselves.
      </p>
    </Empty>
  )
}
