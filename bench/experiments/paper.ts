/**
 * What arXiv 2603.24647 published: the best observed val_bpb after 24 hours on an H200, with three seeds (± standard
 * deviation, and the share of trials that failed) and with eight. `arm` is the arm of the example that is closest.
 */
export interface PublishedRow {
  readonly method: string
  readonly arm?: string
  readonly three?: readonly [mean: number, sd: number, failedPercent: number]
  readonly eight?: readonly [mean: number, sd?: number]
}

export const paper: readonly PublishedRow[] = [
  { method: 'Centaur, Opus 4.6', arm: 'centaur', three: [0.9739, 0.0012, 17], eight: [0.9738, 0.0013] },
  { method: 'Agent, 14 HPs, Opus 4.7', arm: 'agent-14hp', eight: [0.9741] },
  { method: 'Centaur, 27B', three: [0.9763, 0.0005, 15] },
  { method: 'Centaur, 0.8B', three: [0.9766, 0.0008, 13] },
  { method: 'TPE', arm: 'tpe', three: [0.9768, 0.0019, 11], eight: [0.9755, 0.0018] },
  { method: 'Agent, code, Opus 4.6', three: [0.977, 0.0027, 5], eight: [0.9755] },
  { method: 'SMAC', arm: 'smac', three: [0.9778, 0.002, 36], eight: [0.9816] },
  { method: 'CMA-ES', arm: 'cma-es', three: [0.9785, 0.0036, 16], eight: [0.9776] },
  { method: 'LLAMBO, paper, 27B', arm: 'llambo-paper', three: [0.9862, 0.0041, 48] },
  { method: 'Random', arm: 'random', three: [0.9873, 0.0021, 56], eight: [0.9869] },
  { method: 'LLAMBO, Optuna, 27B', arm: 'llambo-optuna', three: [0.9882, 0.0012, 61] },
  { method: 'Agent, 14 HPs, 27B', three: [0.9904, 0.0002, 1] },
]
