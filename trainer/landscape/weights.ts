/** The schema of the weights file that fit.py writes. */
import { z } from 'zod'
import { LandscapeError } from './errors.js'

export const version = 1

const range = z.strictObject({
  kind: z.enum(['int', 'float', 'power-of-two']),
  low: z.number(),
  high: z.number(),
  default: z.number(),
})
const choice = z.strictObject({
  kind: z.literal('choice'),
  choices: z.array(z.string()).min(1),
  default: z.string(),
})

const network = {
  inputMean: z.array(z.number()),
  inputScale: z.array(z.number().positive()),
  targetMean: z.number(),
  targetScale: z.number().positive(),
  networks: z
    .array(
      z.strictObject({
        layers: z.array(z.strictObject({ weights: z.array(z.number()), bias: z.array(z.number()) })).min(1),
      }),
    )
    .min(1),
}

const schema = z.strictObject({
  format: z.literal('chiron-landscape'),
  version: z.literal(version),
  space: z.strictObject({
    DEPTH: range,
    ASPECT_RATIO: range,
    HEAD_DIM: range,
    DEVICE_BATCH_SIZE: range,
    TOTAL_BATCH_SIZE: range,
    EMBEDDING_LR: range,
    UNEMBEDDING_LR: range,
    MATRIX_LR: range,
    SCALAR_LR: range,
    WEIGHT_DECAY: range,
    WARMUP_RATIO: range,
    WARMDOWN_RATIO: range,
    FINAL_LR_FRAC: range,
    WINDOW_PATTERN: choice,
  }),
  features: z.array(z.string()),
  memory: z.strictObject({
    limitGb: z.number().positive(),
    reserveGb: z.number(),
    coefficients: z.strictObject({
      one: z.number(),
      batch: z.number(),
      batchDepthWidth: z.number(),
      batchWidth: z.number(),
      batchDepthHeads: z.number(),
      params: z.number(),
      paramsUnaccumulated: z.number(),
    }),
  }),
  steps: z.strictObject({ seconds: z.number().positive(), uncounted: z.number() }),
  throughput: z.strictObject(network),
  value: z.strictObject({ ...network, floor: z.number() }),
  noise: z.strictObject({
    speed: z.number().nonnegative(),
    value: z.strictObject({ valBpb: z.array(z.number()).min(1), sd: z.array(z.number().positive()) }),
  }),
  setup: z.strictObject({
    constant: z.number(),
    perLayer: z.number(),
    perEvaluationSecond: z.number(),
    sd: z.number().nonnegative(),
  }),
  failure: z.strictObject({
    constant: z.number(),
    perLayer: z.number(),
    sd: z.number().nonnegative(),
    assertionSeconds: z.number().positive(),
  }),
  provenance: z.record(z.string(), z.unknown()),
})

export type WeightsFile = z.infer<typeof schema>
export type ParameterSpec = z.infer<typeof range> | z.infer<typeof choice>

/** Throws a LandscapeError that names the version it found, or the first invalid place. */
export function readWeights(json: unknown): WeightsFile {
  const found = (json as { version?: unknown } | null)?.version
  if (found !== undefined && found !== version) {
    throw new LandscapeError(
      'unsupported_version',
      'version',
      `is ${JSON.stringify(found)}: this evaluator reads version ${version}; run trainer/landscape/fit.py again`,
    )
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new LandscapeError('invalid_weights', issue.path.join('.') || 'weights', issue.message)
  }
  return parsed.data
}
