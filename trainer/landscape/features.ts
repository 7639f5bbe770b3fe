/** The physical features of a configuration. features.py computes the same; a test checks that they are equal. */
import { accumulation, type Configuration, sequence } from './configuration.js'

const patterns = ['SSSL', 'SSLL', 'SLSL', 'LLLL', 'SSSS', 'LSSL']

export const featureNames = [
  'depth',
  'log depth',
  'log2 dim',
  'log2 head dim',
  'log2 device batch',
  'log2 total batch',
  'log2 accumulation',
  'log params',
  'log flops',
  'log2 heads',
  'long share',
  'log embedding lr',
  'log unembedding lr',
  'log matrix lr',
  'log scalar lr',
  'log scaled embedding lr',
  'weight decay',
  'warm-up',
  'warm-down',
  'final fraction',
  'schedule overlap',
  'final area',
  ...patterns.map((pattern) => `pattern ${pattern}`),
]

export interface Architecture {
  readonly dim: number
  readonly heads: number
  readonly params: number
}

export function architecture(c: Configuration): Architecture {
  const heads = Math.ceil((c.DEPTH * c.ASPECT_RATIO) / c.HEAD_DIM)
  const dim = heads * c.HEAD_DIM
  const params = 12 * c.DEPTH * dim ** 2 + 16384 * dim + Math.ceil(c.DEPTH / 2) * 8192 * dim
  return { dim, heads, params }
}

/** In the order of `featureNames`. */
export function features(c: Configuration, { dim, heads, params }: Architecture): Float64Array {
  const share = longShare(c.DEPTH, c.WINDOW_PATTERN)
  const attention = (12 * c.DEPTH * dim * sequence * (1 + share)) / 2
  const flops = 6 * (12 * c.DEPTH * dim ** 2 + 8192 * dim) + attention
  return Float64Array.of(
    c.DEPTH,
    Math.log(c.DEPTH),
    Math.log2(dim),
    Math.log2(c.HEAD_DIM),
    Math.log2(c.DEVICE_BATCH_SIZE),
    Math.log2(c.TOTAL_BATCH_SIZE),
    Math.log2(accumulation(c)),
    Math.log(params),
    Math.log(flops),
    Math.log2(heads),
    share,
    Math.log(c.EMBEDDING_LR),
    Math.log(c.UNEMBEDDING_LR),
    Math.log(c.MATRIX_LR),
    Math.log(c.SCALAR_LR),
    Math.log(c.EMBEDDING_LR * (dim / 768) ** -0.5),
    c.WEIGHT_DECAY,
    c.WARMUP_RATIO,
    c.WARMDOWN_RATIO,
    c.FINAL_LR_FRAC,
    Math.max(0, c.WARMUP_RATIO + c.WARMDOWN_RATIO - 1),
    c.FINAL_LR_FRAC * c.WARMDOWN_RATIO,
    ...patterns.map((pattern) => (c.WINDOW_PATTERN === pattern ? 1 : 0)),
  )
}

/** The features, followed by the optimizer steps and tokens of the budget. */
export function withProgress(features: Float64Array, steps: number, c: Configuration): Float64Array {
  const out = new Float64Array(features.length + 2)
  out.set(features)
  out[features.length] = Math.log(steps)
  out[features.length + 1] = Math.log(steps) + Math.log(c.TOTAL_BATCH_SIZE)
  return out
}

/** The share of layers with full attention: the pattern is cycled, and the last layer is always long. */
function longShare(depth: number, pattern: string): number {
  let long = 1
  for (let layer = 0; layer < depth - 1; layer++) {
    if (pattern[layer % pattern.length] === 'L') long++
  }
  return long / depth
}
