/** A configuration as the numbers that its training depends on. features.py says the same; a test holds them equal. */
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

/** Fills the first places of `into`, in the order of `featureNames`. */
export function features(c: Configuration, { dim, heads, params }: Architecture, into: Float64Array): void {
  const share = longShare(c.DEPTH, c.WINDOW_PATTERN)
  const attention = (12 * c.DEPTH * dim * sequence * (1 + share)) / 2
  const flops = 6 * (12 * c.DEPTH * dim ** 2 + 8192 * dim) + attention
  let at = 0
  into[at++] = c.DEPTH
  into[at++] = Math.log(c.DEPTH)
  into[at++] = Math.log2(dim)
  into[at++] = Math.log2(c.HEAD_DIM)
  into[at++] = Math.log2(c.DEVICE_BATCH_SIZE)
  into[at++] = Math.log2(c.TOTAL_BATCH_SIZE)
  into[at++] = Math.log2(accumulation(c))
  into[at++] = Math.log(params)
  into[at++] = Math.log(flops)
  into[at++] = Math.log2(heads)
  into[at++] = share
  into[at++] = Math.log(c.EMBEDDING_LR)
  into[at++] = Math.log(c.UNEMBEDDING_LR)
  into[at++] = Math.log(c.MATRIX_LR)
  into[at++] = Math.log(c.SCALAR_LR)
  into[at++] = Math.log(c.EMBEDDING_LR * (dim / 768) ** -0.5)
  into[at++] = c.WEIGHT_DECAY
  into[at++] = c.WARMUP_RATIO
  into[at++] = c.WARMDOWN_RATIO
  into[at++] = c.FINAL_LR_FRAC
  into[at++] = Math.max(0, c.WARMUP_RATIO + c.WARMDOWN_RATIO - 1)
  into[at++] = c.FINAL_LR_FRAC * c.WARMDOWN_RATIO
  for (const pattern of patterns) into[at++] = c.WINDOW_PATTERN === pattern ? 1 : 0
}

/** The share of layers that see the whole sequence: the pattern is cycled, the last layer is always long. */
function longShare(depth: number, pattern: string): number {
  let long = 1
  for (let layer = 0; layer < depth - 1; layer++) {
    if (pattern[layer % pattern.length] === 'L') long++
  }
  return long / depth
}
