/**
 * The published record of code-editing agents, where it is at hand (CHIRON_TEST_AGENT_RUNS names its folder): 1 630
 * experiments, and figures that were computed from them independently.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Experiment } from '../../src/agents/behaviour.js'
import { classifyDescription } from '../../src/agents/categories.js'

const folder =
  process.env.CHIRON_TEST_AGENT_RUNS ??
  join(fileURLToPath(new URL('../..', import.meta.url)), '..', 'shared', 'data')
const table = join(folder, 'code-agent-runs.csv')
const figures = join(folder, 'code-agent-behaviour.json')

export const isAtHand = existsSync(table) && existsSync(figures)

export interface PublishedRow extends Experiment {
  readonly run: string
  readonly baseline: boolean
  readonly failure: string
}

export function readRows(): PublishedRow[] {
  const [head, ...rows] = parseCsv(readFileSync(table, 'utf8'))
  return rows.map((cells) => {
    const cell = (name: string) => cells[head!.indexOf(name)]!
    return {
      run: cell('run'),
      baseline: cell('baseline') === '1',
      failure: cell('failure'),
      outcome: OUTCOMES[cell('status')] ?? null,
      value: cell('metric') === '' ? null : Number(cell('metric')),
      category: classifyDescription(cell('description')),
      program: cell('program_sha') || null,
      patch: null,
      description: cell('description'),
    }
  })
}

export function readFigures() {
  return JSON.parse(readFileSync(figures, 'utf8')) as {
    readonly runs: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    readonly noise: Readonly<
      Record<'within_run' | 'across_runs', Readonly<Record<string, number | null>>>
    > & {
      readonly by_run: Readonly<Record<string, Readonly<Record<string, number | null>>>>
    }
  }
}

const OUTCOMES: Readonly<Record<string, Experiment['outcome']>> = {
  keep: 'kept',
  discard: 'discarded',
  crash: 'crashed',
}

function parseCsv(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    )
}
