/**
 * Sorts edits into categories. The keywords and their order are those of a published analysis of 1 630 recorded
 * experiments; changing them would make figures incomparable with it.
 */

export const CATEGORIES = [
  'hyperparameter',
  'architecture',
  'optimizer',
  'schedule',
  'regularization',
  'data',
  'other',
] as const
export type Category = (typeof CATEGORIES)[number]

/** The category that a model named, whatever its case and number; null of a word that is none of them. */
export function categoryNamed(word: string): Category | null {
  const plain = word.toLowerCase().replace(/[^a-z]/g, '')
  if (plain === '') return null
  return (
    CATEGORIES.find(
      (category) => plain === category || plain === `${category}s` || plain === SHORT[category],
    ) ?? null
  )
}

const SHORT: Readonly<Record<Category, string>> = {
  hyperparameter: 'hyperparams',
  architecture: 'model',
  optimizer: 'optimization',
  schedule: 'scheduler',
  regularization: 'regularisation',
  data: 'dataset',
  other: 'others',
}

/** The first category of which a keyword occurs in the description. */
export function classifyDescription(description: string): Category {
  const text = normalized(description)
  return KEYWORDS.find(([, words]) => words.some((word) => text.includes(word)))?.[0] ?? 'other'
}

/**
 * The category that most changed lines of a unified diff belong to, each by its first keyword; of two with as many
 * lines the one that is listed first.
 */
export function classifyDiff(diff: string): Category {
  const counts = new Map<Category, number>()
  for (const line of diff.split('\n')) {
    if (!/^[+-](?![+-]{2} )/.test(line)) continue
    const category = classifyDescription(line.slice(1))
    if (category !== 'other') counts.set(category, (counts.get(category) ?? 0) + 1)
  }
  const most = Math.max(0, ...counts.values())
  return CATEGORIES.find((category) => most > 0 && counts.get(category) === most) ?? 'other'
}

function normalized(text: string): string {
  return ` ${text.toLowerCase().replace(/[^a-z0-9_.]+/g, ' ')} `
}

// biome-ignore format: a list of words is read as running text
const KEYWORDS: readonly (readonly [Category, readonly string[]])[] = [
  ['hyperparameter', [
    'batch_size', 'batch size', ' batch ', ' batches ', 'accumulation steps', 'gradient accumulation by',
    'grad_accum', 'matrix_lr', 'embedding_lr', 'scalar_lr', 'matrix lr', 'embedding lr', 'scalar lr',
    ' ve lr ', 'lambda lr', 'lambdas lr', 'lr scale', 'learning rate for', 'learning rate from',
    'learning rate to ', 'learning rate of', 'learning rate multiplier', 'learning rates',
    'embedding learning rate', 'embeddings learning rate', 'matrix learning rate', 'scalar learning rate',
    'muon learning rate', 'higher learning rate', 'lower learning rate', 'random seed',
  ]],
  ['architecture', [
    'attention', 'attn', ' mlp', 'activation', 'gelu', 'swiglu', 'silu', 'relu', 'swish', ' mish', 'head_dim',
    'head dim', ' heads', 'kv_head', 'n_head', 'multi query', ' gqa', 'resid', 'lambda', 'rope', 'rotary',
    'rmsnorm', 'layernorm', 'qk norm', 'window', ' depth', 'layers', ' layer ', 'aspect_ratio', 'aspect ',
    ' width', 'narrow', ' dim ', 'softcap', ' tanh', 'logit cap', ' init ', 'init_', 'initializ', ' gate',
    'gating', 'expert', ' moe', 'weight tying', ' tie ', ' untie ', ' tied', 'skip connection', 'resformer',
    'hidden size', 'hidden dim', ' bias ', ' biases',
  ]],
  ['optimizer', [
    'beta1', 'beta2', ' betas', 'epsilon', ' eps ', 'momentum', 'nesterov', 'ns_steps', 'newton', 'orthogonal',
    'polar express', 'clip', 'lookahead', 'step skipping', 'skip optimizer', 'second moment',
    'gradient centralization', 'moving average', ' ema of', 'ema weight', 'checkpoint averag', ' lion ',
    'adafactor', 'sophia', 'cautious', 'normuon',
  ]],
  ['schedule', [
    'schedule', 'warmup', 'warmdown', 'warndown', 'cooldown', 'cosine', 'anneal', 'final_lr', 'final lr',
    'final learning rate', 'lr floor', 'lr decay', 'learning rate decay', 'polynomial',
  ]],
  ['regularization', [
    'weight decay', 'weight_decay', ' wd ', 'dropout', 'droppath', 'drop path', 'stochastic depth',
    'label smoothing', 'z loss', 'zloss', 'regulariz', ' l2 ', 'noise', 'focal', 'penalty', 'temperature',
  ]],
  ['data', [
    'dataset', ' data ', 'packing', 'tokenizer', 'vocab', 'sequence length', 'seq_len', 'curriculum', 'shuffl',
  ]],
]
