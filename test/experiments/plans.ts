/** Small experiments for tests. */
import type { Body, TestService } from '../service/service.js'

/** A comparison on the simulated card that takes a second. */
export function comparison(name: string, more: object = {}) {
  return {
    name,
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'simulated-h200',
      budget: { trials: 6 },
    },
    arms: [
      { name: 'random', method: 'random' },
      { name: 'tpe', method: 'tpe' },
    ],
    seeds: 2,
    baseline: 'random',
    endpoint: { of: 'recommended', repetitions: 2 },
    parallel: 2,
    ...more,
  }
}

/** Waits until the experiment has ended, whatever the state it ends in. */
export async function untilEnded(service: TestService, name: string): Promise<Body> {
  for (;;) {
    const { body } = await service.get(`/experiments/${name}`)
    if (body.state !== 'running' && body.state !== 'paused') return body
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Waits until a study of a cell is there. */
export async function untilThere(service: TestService, study: string): Promise<void> {
  while ((await service.get(`/studies/${study}`)).status === 404)
    await new Promise((resolve) => setTimeout(resolve, 5))
}
