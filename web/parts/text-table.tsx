/** A table of texts, the numbers at the right, with its file. */
import type { TextTable } from '../../charts/experiment/tables.js'
import { csvText } from '../figure/figure.js'
import { Scroll } from './controls.js'
import { download } from './download.js'

export function TextTableView({ label, table }: { readonly label: string; readonly table: TextTable }) {
  const { head, rows, words } = table
  const kind = (i: number) => (i >= words ? 'number' : undefined)
  return (
    <>
      <Scroll label={label}>
        <table class="texts">
          <thead>
            <tr>
              {head.map((text, i) => (
                <th key={text} scope="col" class={kind(i)}>
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.slice(0, 2).join(' ')}>
                {row.map((text, i) =>
                  i === 0 ? (
                    <th key={head[i]} scope="row">
                      {text}
                    </th>
                  ) : (
                    <td key={head[i]} class={kind(i)}>
                      {text}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <span class="files">
        <button
          type="button"
          aria-label={`${label} as CSV`}
          onClick={() => download(`${label.replace(/\W+/g, '-')}.csv`, 'text/csv', csvText([head, ...rows]))}
        >
          CSV
        </button>
      </span>
    </>
  )
}
