/** A profile that cannot run is refused at the start, with the place in it and what would be right. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Gpu } from '../../src/dispatch/devices/gpus.js'
import { outcomeOf } from '../../src/dispatch/jobs/outcome.js'
import { readTrainers, viewTrainer } from '../../src/dispatch/profiles/profiles.js'
import { Workshop } from './workshop.js'

let workshop: Workshop
beforeEach(() => {
  workshop = new Workshop()
  workshop.script('train.py', 'print("loss: 1")')
})
afterEach(() => workshop.remove())

const card: Gpu = { index: '0', uuid: 'GPU-0', name: 'NVIDIA H200', driver: '570', memoryGib: 151 }
const read = (more: Record<string, unknown>, gpus: readonly Gpu[] = []) => {
  workshop.profile('mine', more)
  return readTrainers({ trainers: workshop.folder, dataDir: join(tmpdir(), 'nothing-there'), gpus })
}

describe('a profile of the operator', () => {
  it('is taken where it can run', async () => {
    const mine = (await read({ devices: { kind: 'cuda', perTrial: 1 }, memoryLimitGb: 76 }, [card])).get(
      'mine',
    )!
    expect(mine.takes.searched.map(({ name }) => name)).toEqual(['x'])
    expect(viewTrainer(mine)).toEqual({
      name: 'mine',
      description: 'of a test',
      kind: 'process',
      space: 'mine',
      spec: { parameters: { x: { type: 'float', low: 0, high: 1 } } },
      memoryLimitGb: 76,
    })
  })

  const refused: [what: string, more: Record<string, unknown>, why: RegExp, gpus?: readonly Gpu[]][] = [
    ['whose command is not there', { command: ['./nothing.sh'] }, /command: \.\/nothing\.sh is not there/],
    [
      'whose program is not on the path',
      { command: ['no-such-python'] },
      /command: no-such-python is not there/,
    ],
    [
      'whose trainer may not be executed',
      { command: ['./train.py'] },
      /train\.py may not be executed \(chmod \+x\)/,
    ],
    ['whose evaluation is not there', { evaluate: ['/no/judge'] }, /command: \/no\/judge is not there/],
    ['whose folder is not there', { folder: 'elsewhere' }, /folder: .*\/elsewhere is not there/],
    ['whose file is not there', { files: ['model.py'] }, /files: .*model\.py is not there/],
    [
      'that takes more GPUs than there are',
      { devices: { kind: 'cuda', perTrial: 2 } },
      /devices: a trial takes 2 GPUs, and nvidia-smi finds 1/,
      [card],
    ],
    [
      'whose memory limit is above the card’s',
      { devices: { kind: 'cuda' }, memoryLimitGb: 200 },
      /memoryLimitGb: 200 is more than the 151\.00 GiB of the card/,
      [card],
    ],
    [
      'whose pattern is none',
      { failures: [{ pattern: '(', outcome: 'oom' }] },
      /failures: \( is no regular expression/,
    ],
    ['whose space is not known', { space: 'nowhere' }, /space: there is none named nowhere/],
    ['whose space cannot be searched', { space: { parameters: {} } }, /space: /],
    ['for a cluster that is not named', { engine: 'ray' }, /engine: RAY_ADDRESS is not set/],
    ['with a path out of its folder', { files: ['../secret'] }, /files\.0: must be a path inside the folder/],
    ['with a member too many', { shell: true }, /shell/],
    [
      'whose data has not been made',
      { command: ['python3', '{data}'], prepare: { command: ['true'] } },
      /data: .*trainers\/mine is not there \(run `chiron prepare mine`\)/,
    ],
  ]
  it.each(refused)('%s is refused', async (_, more, why, gpus) => {
    await expect(read(more, gpus)).rejects.toThrow(why)
    await expect(read(more, gpus)).rejects.toThrow(/^The trainer profile .*mine\.json cannot be used: /)
  })
})

it('a built-in profile that cannot run is there, and says why', async () => {
  const trainers = await readTrainers({ dataDir: '/nothing', gpus: [], python: '/no/python' })
  expect(trainers.get('gpt-cpu')!.unavailable).toBe(
    'command: /no/python is not there (run `chiron prepare gpt-cpu`)',
  )
  expect(trainers.get('gpt-h200')!.unavailable).toBe('devices: a trial takes 1 GPUs, and nvidia-smi finds 0')
  expect(trainers.get('simulated-h200')!.unavailable).toBeUndefined()
  for (const { profile } of trainers.values())
    if (profile.kind === 'process') expect(existsSync(profile.places.home)).toBe(true)
})

describe('a trial that was killed', () => {
  const killed = (kernelKills: number | undefined) => {
    const exit = {
      stage: 'train',
      code: null,
      signal: 'SIGKILL',
      ended: 'itself',
      seconds: { train: 9 },
      survivors: 0,
    } as const
    const profile = { failures: [], result: { by: 'file', path: 'result.json' } } as never
    return outcomeOf({
      profile,
      exit: { ...exit, ...(kernelKills === undefined ? {} : { kernelKills }) },
      tail: '',
      result: { is: 'absent' },
    })
  }
  it('by the kernel was out of memory; so it is taken where the kernel does not say', () => {
    expect(killed(1)).toMatchObject({ outcome: 'oom', trainSeconds: 9 })
    expect(killed(undefined)).toMatchObject({ outcome: 'oom' })
  })
  it('by somebody else has crashed', () => expect(killed(0)).toMatchObject({ outcome: 'crashed' }))
})
