/** Tasks: what is read of a program without running it, what is set up for it, and what is refused. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProcessProfile } from '../../src/dispatch/profiles/process-profile.js'
import { findTrainers } from '../../src/dispatch/profiles/profiles.js'
import { baselineOf, promptOf } from '../../src/dispatch/programs/baseline.js'
import { inspectProgram } from '../../src/dispatch/programs/inspect.js'
import { differingFiles } from '../../src/dispatch/programs/locked-files.js'
import { runProgram } from '../../src/dispatch/programs/run-program.js'
import { smokeRun } from '../../src/dispatch/programs/smoke.js'
import { Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 120_000 })

const TRAIN = `"""Measures nothing."""
import json, sys, time
from layers import width

RATE = 1.0
LAYERS = 2
SEED_OF_SPLIT = 7

def build(config):
    return None

json.dump({"value": RATE * LAYERS * width(), "metrics": {"seed": int(sys.argv[1])}}, open("result.json", "w"))
`
const LAYERS = 'def width():\n    return 3\n'
const EVALUATE = 'print("nobody edits this")\n'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const workshop = new Workshop()
let task: ProcessProfile
beforeAll(async () => {
  workshop.script('train.py', TRAIN)
  workshop.script('layers.py', LAYERS)
  workshop.script('evaluate.py', EVALUATE)
  task = await profileWith({})
})
afterAll(() => workshop.remove())

async function profileWith(more: Record<string, unknown>): Promise<ProcessProfile> {
  workshop.profile('mine', {
    space: {
      parameters: {
        RATE: { type: 'float', low: 0, high: 9, default: 4 },
        LAYERS: { type: 'int', low: 1, high: 9, default: 5 },
      },
    },
    files: ['train.py', 'layers.py'],
    command: ['python3', 'train.py', '{seed}'],
    params: { by: 'constants', file: 'train.py' },
    editable: ['train.py', 'layers.py'],
    locked: { 'evaluate.py': sha256(EVALUATE) },
    surface: { 'train.py': { requires: ['build'], keeps: ['SEED_OF_SPLIT'] } },
    programKilobytes: 2,
    unconfined: true,
    prompt: 'Do better.',
    smoke: { seconds: 1, graceSeconds: 20 },
    ...more,
  })
  const found = await findTrainers({ trainers: workshop.folder, dataDir: tmpdir(), gpus: [] })
  return found.find(({ own }) => own)!.trainer.profile as ProcessProfile
}

const edit = (change: (source: string) => string) => ({ 'train.py': change(TRAIN), 'layers.py': LAYERS })

describe('inspection', () => {
  const inspect = (change: (source: string) => string) => inspectProgram(task, edit(change))

  it('finds the constants of the space as they stand in the source', async () => {
    expect(await inspect((s) => s.replace('RATE = 1.0', 'RATE = 2**-3'))).toMatchObject({
      ok: true,
      constants: { RATE: 0.125, LAYERS: 2 },
      advice: [],
    })
  })

  it('takes programs for the same that differ in comments, docstrings and layout', async () => {
    const [plain, dressed, other] = await Promise.all([
      inspect((s) => s),
      inspect((s) =>
        s.replace('Measures nothing.', 'Measures').replace('    return None', '    # why\n    return (None)'),
      ),
      inspect((s) => s.replace('RATE = 1.0', 'RATE = 1.5')),
    ])
    expect(dressed).toEqual(plain)
    expect(other).not.toMatchObject({ normal: (plain as { normal: string }).normal })
  })

  const refused: [what: string, change: (source: string) => string, as: Record<string, unknown>][] = [
    ['that cannot be parsed', (s) => `${s}def (`, { problem: 'syntax', file: 'train.py', line: 13 }],
    ['that lacks a name', (s) => s.replace('def build', 'def make'), { problem: 'missing_name' }],
    ['that changes what it must keep', (s) => s.replace('= 7', '= 8'), { problem: 'locked_name', line: 7 }],
    ['that adds to what it must keep', (s) => `${s}SEED_OF_SPLIT = 9\n`, { problem: 'locked_name' }],
    [
      'that imports what is not there',
      (s) => `${s}from warpdrive.engine import go\n`,
      { problem: 'import', line: 13, message: expect.stringContaining('no package warpdrive') },
    ],
    ['that is too large', (s) => `${s}# ${'x'.repeat(3000)}`, { problem: 'too_large', file: 'train.py' }],
  ]
  it.each(refused)('refuses a program %s', async (_, change, as) => {
    expect(await inspect(change)).toMatchObject({ ok: false, ...as })
  })

  it('tells of a seed, a clock and a process that the baseline has not, and refuses none of them', async () => {
    const read = await inspect((s) => `${s}import random, subprocess\nrandom.seed(137)\ntime.time()\n`)
    expect(read).toMatchObject({
      ok: true,
      advice: [
        expect.stringContaining('it imports subprocess'),
        expect.stringContaining('sets a seed'),
        expect.stringContaining('reads the clock'),
      ],
    })
  })
})

describe('a program', () => {
  it('runs with its own constants, or with those of an optimizer', async () => {
    const program = edit((s) => s.replace('RATE = 1.0', 'RATE = 0.5'))
    expect(await runProgram(task, program, { seed: 3 })).toMatchObject({ value: 3, metrics: { seed: 3 } })
    expect(await runProgram(task, program, { params: { RATE: 2, LAYERS: 4 } })).toMatchObject({ value: 24 })
  })

  it('has the constants of the space at first where the profile says so, and floats stay floats', async () => {
    const defaults = await profileWith({ defaultsIn: 'train.py' })
    const { files } = await baselineOf(defaults)
    expect(files['train.py']).toContain('RATE = 4.0\nLAYERS = 5\n')
    expect((await baselineOf(task)).files).toEqual(edit((s) => s))
  })

  it('is refused with a file that may not be edited', async () => {
    const outside = { ...edit((s) => s), 'evaluate.py': 'print("better")' }
    await expect(runProgram(task, outside)).rejects.toThrow(
      'has a file evaluate.py, which mine does not let edit',
    )
  })

  it('does not run where a locked file differs, and the reason has both remedies', async () => {
    const other = await profileWith({ locked: { 'evaluate.py': sha256('another') } })
    await expect(
      runProgram(
        other,
        edit((s) => s),
      ),
    ).rejects.toThrow(/locked file evaluate\.py of mine has the SHA-256 .*put it back, or/)
  })

  it('whose value no such metric can have is invalid', async () => {
    const ranged = await profileWith({ range: { low: 1, high: 10 } })
    expect(
      await runProgram(
        ranged,
        edit((s) => s),
      ),
    ).toMatchObject({ outcome: 'complete', value: 6 })
    const absurd = await runProgram(
      ranged,
      edit((s) => s.replace('RATE = 1.0', 'RATE = -6.3')),
    )
    expect(absurd).toMatchObject({
      outcome: 'invalid',
      message: expect.stringContaining('outside the range'),
    })
    expect(absurd.value).toBeUndefined()
  })

  it('is tried for a second before it may use a device', async () => {
    expect(
      await smokeRun(
        task,
        edit((s) => s),
      ),
    ).toMatchObject({ ok: true })
    const broken = await smokeRun(
      task,
      edit((s) => s.replace('width()', 'height()')),
    )
    expect(broken).toMatchObject({
      ok: false,
      outcome: 'crashed',
      tail: expect.stringContaining('NameError'),
    })
  })

  it('is not run on Ray unless the profile allows it without a sandbox', async () => {
    const remote = { ...task, engine: 'ray', unconfined: false } as const
    await expect(
      runProgram(
        remote,
        edit((s) => s),
      ),
    ).rejects.toThrow(/Ray, where an edited program is not confined/)
  })
})

describe('the tasks of this repository', async () => {
  const found = await findTrainers({ dataDir: tmpdir(), gpus: [] })
  const tasks = found.flatMap(({ trainer: { profile } }) =>
    profile.kind === 'process' && profile.editable.length > 0 ? [profile] : [],
  )

  it('are there', () => {
    expect(tasks.map(({ name }) => name)).toEqual([
      'gpt-24gb',
      'gpt-cpu',
      'gpt-h200',
      'images',
      'shakespeare',
    ])
  })

  it.each(tasks)('$name has its locked files as they are', async (profile) => {
    expect(Object.keys(profile.locked)).toContain('score.py')
    expect(await differingFiles(profile)).toEqual([])
  })

  it.each(tasks)(
    '$name tells an agent what it may edit, and keeps what judges it out of that',
    async (profile) => {
      const text = await promptOf(profile)
      for (const file of profile.editable) expect(text).toContain(`\`${file}\``)
      expect(profile.editable.filter((file) => Object.hasOwn(profile.locked, file))).toEqual([])
      expect(profile.readable!.filter((path) => /val|^\{data\}$/.test(path))).toEqual([])
    },
  )

  it.each(tasks)('$name has a baseline that defines what the task uses', async (profile) => {
    const { files } = await baselineOf(profile)
    for (const [file, { requires }] of Object.entries(profile.surface))
      for (const name of requires)
        expect(files[file]).toMatch(new RegExp(`^((def|class) ${name}\\b|${name} = )`, 'm'))
    expect(await readFile(join(profile.places.home, profile.editable[0]!), 'utf8')).not.toBe('')
  })
})
