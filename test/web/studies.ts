/** Studies to look at: with no trial, one, and three hundred, in which everything occurs that a page must show. */
import type { TestService } from '../service/service.js'

export const MIXED = {
  parameters: {
    lr: { type: 'float', low: 1e-5, high: 1, log: true },
    depth: { type: 'int', low: 1, high: 24 },
    batch: { type: 'int', low: 8, high: 512, powerOfTwo: true },
    optimizer: {
      type: 'categorical',
      choices: ['adamw', 'lion', '<b>sgd</b> with a name that is far too long for an axis'],
    },
    size: { type: 'ordinal', choices: ['small', 'medium', 'large'] },
    flag: { type: 'bool' },
    momentum: { type: 'float', low: 0, high: 0.99, when: { flag: true } },
  },
} as const

export const HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script>'

export interface Shown {
  readonly empty: string
  readonly one: string
  readonly many: string
}

export async function makeStudies(service: TestService): Promise<Shown> {
  const empty = await service.create({ space: MIXED, description: HOSTILE })
  const one = await service.create({ space: MIXED, objective: { metric: 'loss', noise: 0.01 } })
  await service.run(one, 1.25, { trainSeconds: 60 })
  const many = await service.create({
    space: MIXED,
    objective: { metric: 'accuracy', direction: 'maximize' },
  })
  await fill(service, many, 300)
  await service.askOne(many, 'gpu-7')
  return { empty, one, many }
}

/** Imports so many trials, from the same numbers each time. */
export async function fill(service: TestService, study: string, count: number, begin = 0): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => JSON.stringify(trial(begin + i)))
  for (let start = 0; start < count; start += 2000) {
    const body = rows.slice(start, start + 2000).join('\n')
    const { status, body: answer } = await service.call('POST', `/studies/${study}/import`, body, {
      'content-type': 'application/x-ndjson',
    })
    if (status >= 300) throw new Error(JSON.stringify(answer))
  }
}

function trial(i: number): object {
  const share = (step: number) => (i * step + 0.17) % 1
  const flag = share(0.31) > 0.5
  const params = {
    lr: 10 ** (-5 + 5 * share(0.618)),
    depth: 1 + Math.floor(24 * share(0.755)),
    batch: 8 * 2 ** Math.floor(7 * share(0.57)),
    optimizer: MIXED.parameters.optimizer.choices[i % 3],
    size: ['small', 'medium', 'large'][i % 3],
    flag,
    ...(flag && { momentum: 0.99 * share(0.83) }),
  }
  const failed = i % 11 === 7
  return {
    params,
    idempotencyKey: `row-${i}`,
    trainSeconds: 30 + (i % 40),
    ...(failed
      ? { outcome: i % 2 ? 'oom' : 'crashed', message: `RuntimeError in step ${i}: ${HOSTILE}` }
      : {
          outcome: 'complete',
          value:
            0.9 -
            0.03 * Math.abs(Math.log10(params.lr) + 2.5) -
            0.002 * Math.abs(params.depth - 12) +
            0.01 * share(0.41),
        }),
  }
}

/** Two arms on three seeds, run to its end. */
export async function makeExperiment(service: TestService): Promise<void> {
  const { status } = await service.post('/experiments', {
    name: 'comparison',
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb' },
      trainer: 'simulated-h200',
      budget: { trials: 8 },
    },
    arms: [
      { name: 'random', method: 'random' },
      { name: 'expert', method: 'centaur-expert' },
    ],
    seeds: 3,
    baseline: 'random',
  })
  if (status !== 201) throw new Error(`the experiment was answered with ${status}`)
  for (;;) {
    const { body } = await service.get('/experiments/comparison')
    if (body.state === 'finished') return
    if (body.state !== 'running') throw new Error(`the experiment is ${body.state}: ${body.reason}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
