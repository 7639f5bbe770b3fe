/** One arm of the demo: a study, and a worker that runs its trials on the simulated H200. */
import { evaluate, landscape } from '../../../trainer/landscape/index.js'
import type { ServiceClient } from '../../dispatch/clients/service-client.js'
import type { AskAnswer } from '../../trials/commands/ask.js'
import type { Progress } from '../progress.js'
import type { Arm } from './arms.js'

export interface SearchLength {
  readonly hours: number
  readonly seed: number
}

/** Works as any HTTP worker does: ask, train, tell, until the study is finished. */
export async function runArm(
  api: ServiceClient,
  { name, method }: Arm,
  { hours, seed }: SearchLength,
  progress: Progress,
) {
  const study = `demo-${name}`
  await api.post('/studies', {
    name: study,
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb', direction: 'minimize' },
    method,
    seed,
    budget: { trainSeconds: hours * 3600, trialSeconds: 300 },
  })
  const card = landscape()
  let best = Number.POSITIVE_INFINITY
  let spent = 0
  let outOfMemory = 0
  for (let trials = 1; ; ) {
    const asked = await api.post<AskAnswer>(`/studies/${study}/ask`, { worker: 'gpu-0', wait: 30 })
    const [trial] = asked.trials
    if (trial === undefined && asked.reason!.code === 'finished')
      return progress.done(name, asked.reason!.message)
    if (trial === undefined) continue
    const { number, params, lease } = trial
    const run = evaluate(card, params, { seed: seed * 1_000_003 + number })
    await api.post(`/studies/${study}/trials/${number}/tell`, {
      token: lease.token,
      outcome: run.outcome,
      trainSeconds: run.trainSeconds,
      peakMemoryMb: run.peakMemoryMb,
      ...(run.outcome === 'complete'
        ? { value: run.valBpb, tokensPerSecond: run.tokensPerSecond }
        : { message: run.message }),
    })
    spent += run.trainSeconds
    if (run.outcome === 'complete') best = Math.min(best, run.valBpb)
    if (run.outcome === 'oom') outOfMemory++
    progress.show(name, spent / (hours * 3600), [
      `${(spent / 3600).toFixed(1).padStart(5)} h`,
      `${String(trials).padStart(4)} trials`,
      `best ${best.toFixed(4)}`,
      `OOM ${((100 * outOfMemory) / trials).toFixed(1)} %`,
    ])
    trials++
  }
}
