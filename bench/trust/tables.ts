/** The tables of `npm run bench -- trust`. */
import { median } from '../../src/statistics/describe.js'
import type { Table } from '../subject.js'
import { HONEST } from './cheats.js'
import type { Cost, TriedCheat } from './tried.js'
import type { Trial } from './try-edit.js'

export function cheatTable(tried: readonly TriedCheat[]): Table {
  const cheats = tried.filter(({ name }) => HONEST.every((honest) => honest.name !== name))
  const count = (of: (cheat: TriedCheat) => boolean) => cheats.filter(of).length
  return {
    title: 'Edits, as they run and without a sandbox',
    columns: ['edit', 'confined', 'value', 'aim', 'unconfined', 'value', 'aim'],
    rows: tried.map(({ name, confined, unconfined }) => [name, ...cells(confined), ...cells(unconfined)]),
    notes: [
      `${cheats.length} cheats. Confined: ${count((c) => c.confined.credited)} credited, ${count((c) => c.confined.reachedAim)} reached their aim. ` +
        `Unconfined, but scored the same way: ${count((c) => c.unconfined.credited)} credited, ${count((c) => c.unconfined.reachedAim)} reached their aim.`,
      'Credited: complete, with a better value than the baseline. A cheat’s aim is that, or what it was after, such as a key.',
    ],
  }
}

function cells({ outcome, value, reachedAim }: Trial): string[] {
  return [outcome, value === null ? '' : value.toFixed(4), reachedAim ? 'reached' : '']
}

export function costTable(costs: readonly Cost[]): Table {
  const ways = ['plain', 'scored', 'confined'] as const
  const of = (how: Cost['how']) => costs.filter((cost) => cost.how === how)
  const rows = ways.map((how) => [
    how,
    median(of(how).map((cost) => cost.processorSeconds)).toFixed(2),
    how === 'plain' ? '' : percent(of(how), of('plain'), 'processorSeconds'),
    median(of(how).map((cost) => cost.seconds)).toFixed(2),
    how === 'plain' ? '' : percent(of(how), of('plain'), 'seconds'),
  ])
  return {
    title: 'An honest trial of gpt-cpu, from its set-up to its score',
    columns: ['how', 'processor seconds', 'more than plain', 'seconds', 'more than plain'],
    rows,
    notes: [
      'plain: evaluated by evaluate.py in one process that runs the model itself. scored: by the scorer with its probes, without a sandbox. confined: as an edited program runs. Medians; the ratios are paired by repetition.',
    ],
  }
}

function percent(
  some: readonly Cost[],
  plain: readonly Cost[],
  what: 'seconds' | 'processorSeconds',
): string {
  const ratios = some.map((cost) => {
    const other = plain.find(({ repetition }) => repetition === cost.repetition)!
    return cost[what] / other[what] - 1
  })
  return `${(100 * median(ratios)).toFixed(1)} %`
}
