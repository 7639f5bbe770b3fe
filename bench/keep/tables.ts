/** The tables of `keep`. */
import type { Table } from '../subject.js'
import { type Decision, GAINS } from './decisions.js'
import type { Rule } from './rules.js'
import { EDITS } from './simulated-study.js'
import { BUDGET, type RuleRow } from './summary.js'

export function studiesTable(noise: number, rows: readonly RuleRow[], studies: number): Table {
  return {
    title: `keep: whole studies at a noise of ${noise}`,
    columns: [
      'rule',
      'edits',
      'keeps',
      'false keeps',
      'kept of no better',
      'missed gains',
      'GPU h a true keep',
      'truly lower by',
      '95 %',
      'seen lower by',
    ],
    rows: rows.map((row) => [
      row.rule,
      row.edits.toFixed(0),
      row.keeps.toFixed(1),
      percent(row.falseKeeps),
      percent(row.keptOfWorse),
      percent(row.missedGains),
      row.gpuHoursPerTrueKeep.toFixed(2),
      row.progress.toFixed(4),
      row.progressInterval?.map((end) => end.toFixed(4)).join(' to ') ?? '–',
      row.claimed.toFixed(4),
    ]),
    notes: [
      `${studies} studies of ${BUDGET} runs of 300 s (25 hours of one GPU) a rule. Of the edits ${percent(EDITS.better)} are better, by ${EDITS.meanGain} in the mean (exponential), ${percent(EDITS.neutral)} change nothing, and the others are worse by ${EDITS.meanLoss}. A false keep is truly no better. A missed gain is at least one standard deviation of the noise. Seen lower: the lowest value of a kept program against the first of the baseline.`,
    ],
  }
}

/** `rules` have a row each; `all` are explained. */
export function decisionsTable(
  rows: readonly Decision[],
  rules: readonly Rule[],
  repetitions: number,
  all: readonly Rule[],
): Table {
  return {
    title:
      'keep: how often one edit is kept, by its true gain in standard deviations of a run; in brackets the runs',
    columns: ['rule', ...GAINS.map((gain) => `${gain} sd`)],
    rows: rules.map(({ id }) => [
      id,
      ...rows
        .filter(({ rule }) => rule === id)
        .map(({ kept, meanRuns }) => `${percent(kept)} (${meanRuns.toFixed(1)})`),
    ]),
    notes: [
      `${repetitions} repetitions, each in a study of its own, so the runs hold those of the kept program, which later edits do not pay again.`,
      ...all.map(({ id, about }) => `${id}: ${about}.`),
    ],
  }
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–'
}
