/** What may be said of an experiment now, and what is said only at a planned look. */
import { contrastTable } from '../../../charts/experiment/tables.js'
import { numberText } from '../../../charts/numbers.js'
import type { Analysis, Experiment } from '../../data/types.js'
import { Scroll } from '../../parts/controls.js'
import { TextTableView } from '../../parts/text-table.js'

export function Conclusions({
  analysis,
  experiment,
}: {
  readonly analysis: Analysis
  readonly experiment: Experiment
}) {
  const { contrasts, correlation, notes, trends } = analysis
  return (
    <section class="panel">
      <h2>What it shows</h2>
      <p class="soft">
        Verdicts between looks are preliminary. Test: {experiment.test}, {experiment.alternative}, α ={' '}
        {experiment.alpha}, Holm over {contrasts.length} {contrasts.length === 1 ? 'contrast' : 'contrasts'}.
      </p>
      {contrasts.length > 0 && <TextTableView label="Contrasts" table={contrastTable(analysis)} />}
      {trends.map(({ name, n, p }) => (
        <p key={name}>
          Trend over the share of {name}: p = {numberText(p ?? Number.NaN, 2)} ({n} seeds).
        </p>
      ))}
      {correlation?.mean !== undefined && correlation?.mean !== null && (
        <p class="soft">
          Correlation of arms over their seeds: {numberText(correlation.mean, 2)}. Pairing helps where it is
          high.
        </p>
      )}
      {notes.length > 0 && (
        <ul class="prose">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <Looks analysis={analysis} experiment={experiment} />
    </section>
  )
}

/** How far it is to the next look, and what each may spend of α. */
function Looks({
  analysis: { looks, arms },
  experiment,
}: {
  readonly analysis: Analysis
  readonly experiment: Experiment
}) {
  const ended = Math.min(...arms.filter(({ added }) => !added).map(({ n, failed }) => n + failed))
  const most = Math.max(...looks.planned, experiment.seeds.length)
  const seeds = Number.isFinite(ended) ? ended : 0
  return (
    <>
      <h3>Looks</h3>
      <p>
        <label class="budget">
          {seeds} of {most} seeds have ended in every arm{' '}
          <meter min={0} max={most} value={seeds}>
            {seeds} of {most}
          </meter>
        </label>
      </p>
      <Scroll label="Planned looks">
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">
                planned look, seeds
              </th>
              <th scope="col" class="number">
                α that it may spend
              </th>
              <th scope="col">reached</th>
            </tr>
          </thead>
          <tbody>
            {looks.planned.map((look, i) => (
              <tr key={look}>
                <th scope="row" class="number">
                  {look}
                </th>
                <td class="number">{numberText(looks.alphaSpent[i] ?? 0, 2)}</td>
                <td>
                  {look <= (looks.reached ?? 0) ? 'yes' : `after ${Math.max(0, look - seeds)} more seeds`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}
