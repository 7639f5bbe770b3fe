/** The configuration to take away, as JSON, as constants of a script, or as arguments; and its repeats. */

import { numberText } from '../../charts/numbers.js'
import { asArguments, asConstants } from '../../search-spaces/configuration-text.js'
import { studyPath } from '../app/api.js'
import { linkTo } from '../app/route.js'
import { inOrder } from '../data/space.js'
import type { Params, Study, Summary, Trial, Value } from '../data/types.js'
import { Action, Commands, CopyButton } from './controls.js'
import { useResource } from './resource.js'

export function BestPanel({ study, summary }: { readonly study: Study; readonly summary: Summary }) {
  const { incumbent, recommended, confirmed } = summary
  const number = recommended?.number ?? incumbent?.number
  const { answer } = useResource<Trial>(
    number === undefined ? undefined : studyPath(study.name, 'trials', number),
  )
  const params = recommended?.params ?? answer.value?.params
  const confirm = {
    method: 'POST',
    path: studyPath(study.name, 'confirm'),
    body: { top: 5, repeats: 5 },
  } as const
  if (params === undefined)
    return (
      <section class="panel">
        <h2>Best configuration</h2>
        <p class="soft">It appears here with the first trial that has a value.</p>
      </section>
    )
  return (
    <section class="panel">
      <h2>Best configuration</h2>
      <p class="soft">
        {recommended ? (
          <>
            The optimizer’s model recommends
            {recommended.number === undefined ? (
              ' this'
            ) : (
              <>
                {' '}
                <a href={linkTo('studies', study.name, 'trials', recommended.number)}>
                  trial {recommended.number}
                </a>
              </>
            )}
            : {numberText(recommended.mean, 6)} ± {numberText(recommended.sd, 2)} expected without noise.
          </>
        ) : (
          <>
            The best observed value, of{' '}
            <a href={linkTo('studies', study.name, 'trials', number!)}>trial {number}</a>.
          </>
        )}
      </p>
      <p class="actions">
        <CopyButton label="copy as JSON" text={() => JSON.stringify(params, null, 2)} />
        <CopyButton label="as constants" text={() => asConstants(params)} />
        <CopyButton label="as arguments" text={() => asArguments(params)} />
      </p>
      <ParamsTable params={params} order={study} />
      {confirmed && confirmed.length > 0 && (
        <table>
          <caption>Repeated, with 95 % intervals</caption>
          <thead>
            <tr>
              <th scope="col">trial</th>
              <th scope="col" class="number">
                runs
              </th>
              <th scope="col" class="number">
                mean
              </th>
              <th scope="col">interval</th>
            </tr>
          </thead>
          <tbody>
            {confirmed.map(({ number, runs, mean, low, high }) => (
              <tr key={number}>
                <td>
                  <a href={linkTo('studies', study.name, 'trials', number)}>{number}</a>
                </td>
                <td class="number">{runs}</td>
                <td class="number">{mean === null ? '–' : numberText(mean, 6)}</td>
                <td>
                  {low === null || high === null ? '–' : `${numberText(low, 6)} to ${numberText(high, 6)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="actions">
        <Action
          label="confirm the best five"
          call={confirm}
          sure="Queue five repeats of each of the best five?"
        />
      </p>
      <Commands calls={[{ label: 'confirm', call: confirm }]} />
    </section>
  )
}

export function ParamsTable({
  params,
  other,
  names = ['this', 'other'],
  order,
}: {
  readonly params: Params
  readonly other?: Params | undefined
  readonly names?: readonly [string, string]
  /** The study in whose order the parameters stand. */
  readonly order?: Study
}) {
  const found = [...new Set([...Object.keys(params), ...Object.keys(other ?? {})])]
  const all = order ? inOrder(order, found) : found
  return (
    <table class="params">
      {other && (
        <thead>
          <tr>
            <th scope="col">parameter</th>
            <th scope="col">{names[0]}</th>
            <th scope="col">{names[1]}</th>
          </tr>
        </thead>
      )}
      <tbody>
        {all.map((name) => {
          const differs = other !== undefined && params[name] !== other[name]
          return (
            <tr key={name} class={differs ? 'differs' : ''}>
              <th scope="row">{breakable(name)}</th>
              <td class={wholeIfNumber(params[name])}>{valueText(params[name])}</td>
              {other && (
                <td class={wholeIfNumber(other[name])}>
                  {valueText(other[name])}
                  {differs && <span class="unseen"> differs</span>}
                </td>
              )}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** A name may break after its underscores. */
function breakable(name: string) {
  return name.split(/(?<=_)/).flatMap((part, i) => (i === 0 ? [part] : [<wbr key={i} />, part]))
}

/** A number does not break. */
function wholeIfNumber(value: Value | undefined): string {
  return typeof value === 'number' ? 'whole' : ''
}

export function valueText(value: Value | undefined): string {
  if (value === undefined) return '–'
  return typeof value === 'number' ? numberText(value, 6) : String(value)
}
