/** The tables of `importance`. */
import { mean } from '../../src/statistics/describe.js'
import type { Table } from '../subject.js'
import type { Row } from './rows.js'

const LABELS: Readonly<Record<string, string>> = {
  total: 'Chiron, total',
  local: 'Chiron, local',
  'ped-anova': 'Optuna PED-ANOVA',
  fanova: 'Optuna fANOVA',
  'mean-decrease': 'Optuna mean decrease',
}

export function importanceTable(rows: readonly Row[]): Table {
  const columns = measured(rows, ({ correlations }) => correlations)
  const overall = columns.map((id) => mean(rows.map(({ correlations }) => correlations[id]!)).toFixed(2))
  return {
    title: 'importance: rank correlation with what really matters',
    columns: ['search', 'seeds', 'R²', ...columns.map(labelOf)],
    rows: [
      ...rows.map(({ optimizer, seeds, r2, correlations }) => [
        optimizer,
        String(seeds),
        r2.toFixed(2),
        ...columns.map((id) => correlations[id]!.toFixed(2)),
      ]),
      ['mean', '', '', ...overall],
    ],
    notes: [
      'Spearman’s correlation over the 14 parameters, mean over seeds. Each search has 24 simulated hours, and its trials are all ' +
        'that is known. The truth is Sobol’s total index of the landscape without noise, for all but “local”: that is held to the ' +
        'landscape’s own local importance at the same configuration. R²: leave one out, of our model.',
    ],
  }
}

export function speedTable(rows: readonly Row[]): Table {
  const columns = measured(rows, ({ seconds }) => seconds)
  return {
    title: 'importance: seconds for the trials of one search',
    columns: ['search', ...columns.map((id) => (id === 'total' ? 'Chiron, both' : labelOf(id)))],
    rows: rows.map(({ optimizer, seconds }) => [optimizer, ...columns.map((id) => seconds[id]!.toFixed(2))]),
    notes: [],
  }
}

function measured(rows: readonly Row[], of: (row: Row) => Readonly<Record<string, number>>): string[] {
  return Object.keys(LABELS).filter((id) => rows.some((row) => of(row)[id] !== undefined))
}

function labelOf(id: string): string {
  return LABELS[id]!
}
