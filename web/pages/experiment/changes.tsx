/** What happened to an experiment: additions, pauses, cells that failed. What happens to every cell is left out. */
import { Scroll, Time } from '../../parts/controls.js'
import { useResource } from '../../parts/resource.js'

interface Change {
  readonly seq: number
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
  readonly at: string
}

const ORDINARY = /^cell-(running|measuring|finished)$/

export function Changes({ path, at }: { readonly path: string; readonly at: string }) {
  const { answer } = useResource<{ events: Change[] }>(`${path}/log?limit=1000`, undefined, at)
  const events = answer.value?.events.filter(({ kind }) => !ORDINARY.test(kind)) ?? []
  if (events.length === 0) return null
  return (
    <section class="panel">
      <h2>Changes</h2>
      <Scroll label="Changes">
        <table>
          <tbody>
            {events.map(({ seq, kind, data, at: when }) => (
              <tr key={seq}>
                <th scope="row">
                  <Time at={when} />
                </th>
                <td>{kind}</td>
                <td>{factsOf(data)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function factsOf(data: Change['data']): string {
  return Object.entries(data ?? {})
    .filter(
      ([name, value]) => name !== 'at' && value !== null && !(Array.isArray(value) && value.length === 0),
    )
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ')
}
