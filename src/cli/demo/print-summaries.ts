/** The table that the demo prints at its end. */

import pc from 'picocolors'
import type { ServiceClient } from '../../dispatch/clients/service-client.js'
import type { Summary } from '../study-view.js'
import { printable } from '../terminal-text.js'
import type { Arm } from './arms.js'

/** The results of arXiv 2603.24647 after 24 hours on an H200. */
const PUBLISHED =
  'published results after 24 h on a real H200: random 0.9873, CMA-ES 0.9785, TPE 0.9768, Centaur 0.9739'

export async function printSummaries(api: ServiceClient, arms: readonly Arm[]): Promise<void> {
  const heads = ['cma-es', 'trials', 'best val_bpb', 'at trial', 'out of memory', 'share', 'without advice']
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(heads[i]!.length + 1))).join(' ')
  console.log(`\n${pc.bold(row(heads))}`)
  for (const { name } of arms) {
    const { trials, incumbent, oomRate, advisor } = await api.get<Summary>(`/studies/demo-${name}/summary`)
    const percent = (share: number | null | undefined) =>
      share === null || share === undefined ? '-' : `${(100 * share).toFixed(1)} %`
    console.log(
      row([
        name === 'alone' ? name : `+ ${name}`,
        String(trials.complete! + trials.failed!),
        incumbent?.value.toFixed(4) ?? '-',
        String(incumbent?.number ?? '-'),
        percent(oomRate.all),
        percent(advisor?.realised),
        percent(advisor?.fallbackRate),
      ]),
    )
    for (const warning of advisor?.warnings ?? []) console.log(pc.yellow(`         ${printable(warning)}`))
  }
  console.log(pc.dim(`(${PUBLISHED})`))
  console.log(pc.dim('(one seed does not show which arm is better: docs/centaur.md has results of 32 seeds)'))
}
