/** A plan to begin with: three optimizers on a simulated GPU, which needs nothing but the service. */
export const FIRST_EXPERIMENT = {
  study: {
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb' },
    trainer: 'simulated-h200',
    budget: { trials: 60 },
  },
  arms: [
    { name: 'random', method: 'random' },
    { name: 'tpe', method: 'tpe' },
    { name: 'chiron', method: 'chiron' },
  ],
  baseline: 'random',
  seeds: 8,
} as const
