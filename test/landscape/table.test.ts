/** The reading half of fit.py, which needs nothing but Python itself. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chiron-table-'))
afterAll(() => rmSync(folder, { recursive: true }))

const room = fileURLToPath(new URL('../../trainer/landscape', import.meta.url))
const program = `
import sys
sys.path.insert(0, ${JSON.stringify(room)})
from table import TableError, read_table
try:
    kept, dropped = read_table(sys.argv[1])
    print(len(kept), {reason: len(rows) for reason, rows in dropped.items()})
except TableError as error:
    sys.exit(str(error))
`

const columns =
  'method,model,seed,trial,source,outcome,val_bpb,train_seconds,total_seconds,peak_memory_gb,tokens_per_second,' +
  'num_steps,num_params_m,real_depth,DEPTH,ASPECT_RATIO,HEAD_DIM,DEVICE_BATCH_SIZE,TOTAL_BATCH_SIZE,EMBEDDING_LR,' +
  'UNEMBEDDING_LR,MATRIX_LR,SCALAR_LR,WEIGHT_DECAY,WARMUP_RATIO,WARMDOWN_RATIO,FINAL_LR_FRAC,WINDOW_PATTERN'
const measured = '0.99,300,330,44,1750000,1013,50.3'
const parameters = '64,128,128,524288,0.6,0.004,0.04,0.5,0.2,0,0.5,0'

function read(...lines: string[]): { status: number | null; out: string } {
  const path = join(folder, 'table.csv')
  writeFileSync(path, `${lines.join('\n')}\n`)
  const run = spawnSync('python3', ['-B', '-c', program, path], { encoding: 'utf8' })
  return { status: run.status, out: run.stdout + run.stderr }
}

describe('the table of recorded trials', () => {
  beforeEach((context) => {
    if (spawnSync('python3', ['--version']).error) context.skip('there is no python3 to read it with')
  })

  it('is refused where its columns differ, and the difference is named', () => {
    const renamed = read(columns.replace('MATRIX_LR', 'MUON_LR'))
    expect(renamed.status).toBe(1)
    expect(renamed.out).toContain('missing: MATRIX_LR; unknown: MUON_LR')
    const swapped = read(columns.replace('seed,trial', 'trial,seed'))
    expect(swapped.out).toContain('column 3 is trial, expected seed')
    expect(read(`${columns},seed`).out).toContain('the columns differ from those that this script fits')
  })

  it('is refused where there is none', () => {
    const run = spawnSync('python3', ['-B', '-c', program, join(folder, 'none.csv')], { encoding: 'utf8' })
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/none\.csv cannot be read: No such file/)
  })

  it('is refused where a cell is no number, and the line is named', () => {
    const line = `random,,0,0,,ok,${measured},8,8,${parameters},SSSL`.replace('0.004', 'small')
    expect(read(columns, line).out).toContain("line 2: UNEMBEDDING_LR is 'small', not a number")
  })

  it('keeps the rows whose configuration is what ran', () => {
    const row = (method: string, outcome: string, depth: number, pattern: string) =>
      `${method},,0,0,,${outcome},${measured},8,${depth},${parameters},${pattern}`
    const { out } = read(
      columns,
      row('random', 'ok', 8, 'SSSL'),
      row('random', 'oom', 8, 'SSSL'),
      row('agent-code', 'ok', 8, 'SSSL'),
      row('random', 'ok', 9, 'SSSL'),
      row('random', 'ok', 8, 'SSLSL'),
      row('random', 'timeout', 8, 'SSSL'),
    )
    expect(out).toMatch(/^2 /)
    for (const reason of [
      'the code was edited',
      'real_depth differs',
      'WINDOW_PATTERN is outside',
      'timeout',
    ]) {
      expect(out).toContain(reason)
    }
  })
})
