/** Studies with many trials, made by import. */
import { stream } from '../../optimizers/rng.js'
import type { TestService } from './service.js'

export const WIDE = {
  parameters: {
    lr: { type: 'float', low: 1e-5, high: 1, log: true },
    width: { type: 'int', low: 32, high: 512, powerOfTwo: true },
    depth: { type: 'int', low: 1, high: 24 },
    size: { type: 'ordinal', choices: ['small', 'middle', 'large'] },
    activation: { type: 'categorical', choices: ['relu', 'gelu', 'silu'] },
    bias: { type: 'bool' },
    momentum: { type: 'float', low: 0, high: 1, when: { activation: ['relu', 'gelu'] } },
    ...Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`p${i}`, { type: 'float', low: 0, high: 1 }])),
  },
}

const ROWS = 2500

/** What a trial of WIDE gives: `lr` matters most, then `width`; p0 a little. */
export function lossOf({ lr, width, p0 }: Record<string, number>): number {
  return (Math.log10(lr!) + 2) ** 2 + 0.3 * (Math.log2(width!) - 7) ** 2 + 0.2 * p0!
}

export function wideTrial(i: number): Record<string, unknown> {
  const { uniform, below } = stream(7, i)
  const pick = <T>(all: readonly T[]) => all[below(all.length)]!
  const activation = pick(['relu', 'gelu', 'silu'])
  const params = {
    lr: 10 ** (-5 + 5 * uniform()),
    width: 2 ** (5 + below(5)),
    depth: 1 + below(24),
    size: pick(['small', 'middle', 'large']),
    activation,
    bias: pick([true, false]),
    ...(activation === 'silu' ? {} : { momentum: uniform() }),
    ...Object.fromEntries(Array.from({ length: 7 }, (_, p) => [`p${p}`, uniform()])),
  }
  const failed = i % 10 === 9
  return {
    params,
    idempotencyKey: `trial ${i}`,
    ...(failed ? { outcome: 'oom' } : { outcome: 'complete', value: lossOf(params as never) }),
    trainSeconds: 10,
    metrics: { steps: i, device: i % 2 === 0 ? 'a' : 'b' },
  }
}

/** Imports trials `from` … `to` − 1 of the sequence. */
export async function importWide(service: TestService, study: string, to: number, from = 0): Promise<void> {
  for (let first = from; first < to; first += ROWS) {
    const count = Math.min(ROWS, to - first)
    const rows = Array.from({ length: count }, (_, k) => wideTrial(first + k))
    const { status, body } = await service.post(`/studies/${study}/import`, rows)
    if (status !== 201) throw new Error(JSON.stringify(body))
  }
}
