/** One study on the simulated H200, through a service: every point of a trial's curve is a report, and what is stopped is paid up to there. */
import type { Params } from '../../search-spaces/index.js'
import { evaluate, landscape, truth } from '../../trainer/landscape/index.js'
import { memoryLimitGb, spaceName, targetBpb, terms } from '../quality/run.js'

/** As a study has it; null: no trial is stopped. */
export type Pruning = Readonly<Record<string, unknown>> | null

export interface Score {
  /** The lowest value of a trial that ran to its end, and what that configuration is worth without noise. */
  readonly best: number
  readonly truth: number
  /** What the configuration is worth that the optimizer would take home. */
  readonly recommended: number
  readonly trials: number
  readonly complete: number
  readonly pruned: number
  /** Hours of training that pruned trials were charged. */
  readonly prunedHours: number
  /** Charged hours until a trial ended at or below the target; null where none did. */
  readonly targetHours: number | null
}

/** A request to a service, and its answer's body. */
export type Call = <T>(method: 'GET' | 'POST', url: string, payload?: object) => Promise<T>

interface Asked {
  readonly trials: readonly {
    readonly number: number
    readonly params: Params
    readonly lease: { readonly token: string }
  }[]
}

interface Ending {
  readonly outcome: string
  readonly value?: number
  readonly trainSeconds: number
}

export interface Run {
  readonly pruning: Pruning
  readonly optimizer: object
  readonly hours: number
  readonly seed: number
}

export async function runOnce(call: Call, { pruning, optimizer, hours, seed }: Run): Promise<Score> {
  const name = `fidelity-${seed}-${crypto.randomUUID()}`
  await call('POST', '/studies', {
    name,
    space: spaceName,
    objective: { metric: 'val_bpb' },
    method: { optimizer, preflight: 'formula' },
    budget: { trainSeconds: hours * 3600, trialSeconds: terms.trialSeconds },
    seed,
    lease: { seconds: 86_400 },
    ...(pruning && { pruning }),
  })
  const ended: (Ending & { readonly params: Params })[] = []
  for (;;) {
    const { trials } = await call<Asked>('POST', `/studies/${name}/ask`, { worker: 'w' })
    const trial = trials[0]
    if (trial === undefined) break
    const { number, params, lease } = trial
    const at = `/studies/${name}/trials/${number}`
    const report = (step: number, value: number) =>
      call<{ decision: string }>('POST', `${at}/report`, { token: lease.token, step, value })
    const ending = await train(params, seed * 1_000_000 + number, pruning && report)
    await call('POST', `${at}/tell`, { token: lease.token, ...ending })
    ended.push({ params, ...ending })
  }
  const { recommended } = await call<{ recommended?: { number: number } }>('GET', `/studies/${name}/summary`)
  return scored(ended, recommended?.number)
}

/** The same trial number meets the same noise under every rule. */
async function train(
  params: Params,
  seed: number,
  report: ((step: number, value: number) => Promise<{ decision: string }>) | null,
): Promise<Ending> {
  const { outcome, trainSeconds, ...run } = evaluate(landscape(), params, { seed, memoryLimitGb })
  if (!('curve' in run)) return { outcome, trainSeconds }
  for (const [i, { seconds, valBpb }] of run.curve.entries()) {
    const decided = await report?.(i + 1, valBpb)
    if (decided?.decision === 'stop') return { outcome: 'pruned', value: valBpb, trainSeconds: seconds }
  }
  return { outcome, value: run.valBpb, trainSeconds }
}

function scored(
  ended: readonly (Ending & { readonly params: Params })[],
  recommended: number | undefined,
): Score {
  const worth = (params: Params) => truth(landscape(), params)
  const complete = ended.filter(({ outcome }) => outcome === 'complete')
  const pruned = ended.filter(({ outcome }) => outcome === 'pruned')
  const best = complete.reduce((a, b) => (b.value! < a.value! ? b : a))
  const hours = (some: readonly Ending[]) =>
    some.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0) / 3600
  const reached = ended.findIndex(({ outcome, value }) => outcome === 'complete' && value! <= targetBpb)
  return {
    best: best.value!,
    truth: worth(best.params),
    recommended: worth(recommended === undefined ? best.params : ended[recommended]!.params),
    trials: ended.length,
    complete: complete.length,
    pruned: pruned.length,
    prunedHours: hours(pruned),
    targetHours: reached < 0 ? null : hours(ended.slice(0, reached + 1)),
  }
}
