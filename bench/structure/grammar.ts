/**
 * A grammar of honest edits to trainer/gpt: what people try first on a small GPT. Which of them help in five seconds is not known
 * to the editor: some do, some hurt, some crash. A rule matches one or several whole lines of the source.
 */

export interface Rule {
  readonly name: string
  readonly category: string
  readonly file: 'model.py' | 'optimizer.py' | 'train.py'
  readonly lines: RegExp
  /** What may stand there instead; those that equal the old lines are left out. */
  readonly choices: (old: string) => readonly string[]
}

const among =
  (...choices: string[]) =>
  () =>
    choices

const MODEL: readonly Rule[] = [
  {
    name: 'the activation of the feed-forward layer',
    category: 'architecture',
    file: 'model.py',
    lines: /^ {8}return x \+ self\.down\(.*\)$/m,
    choices: among(
      '        return x + self.down(F.relu(self.up(norm(x))).square())',
      '        return x + self.down(F.gelu(self.up(norm(x))))',
      '        return x + self.down(F.silu(self.up(norm(x))))',
      '        return x + self.down(F.relu(self.up(norm(x))))',
      '        return x + self.dwon(F.relu(self.up(norm(x))).square())',
    ),
  },
  {
    name: 'the width of the feed-forward layer',
    category: 'architecture',
    file: 'model.py',
    lines: /^ {8}self\.up = .*\n {8}self\.down = .*$/m,
    choices: () => [
      ...[2, 3, 4, 6].map((width) => feedForward(width, width)),
      feedForward(4, 3), // shapes that do not fit
    ],
  },
  {
    name: 'the soft cap of the logits',
    category: 'architecture',
    file: 'model.py',
    lines: /^SOFT_CAP = .*$/m,
    choices: among('SOFT_CAP = 8', 'SOFT_CAP = 15', 'SOFT_CAP = 30'),
  },
  {
    name: 'the base of the rotation',
    category: 'architecture',
    file: 'model.py',
    lines: /^ROTARY_BASE = .*$/m,
    choices: among('ROTARY_BASE = 100', 'ROTARY_BASE = 1_000', 'ROTARY_BASE = 10_000'),
  },
  {
    name: 'which layers have value embeddings',
    category: 'architecture',
    file: 'model.py',
    lines: /^( {4}def has_value_embedding\(self, layer\):)\n.*$/m,
    choices: (old) =>
      ['layer % 2 == (self.depth - 1) % 2', 'True', 'layer == self.depth - 1'].map(
        (which) => `${old.split('\n')[0]}\n        return ${which}`,
      ),
  },
  {
    name: 'how much of the embedding is added again',
    category: 'architecture',
    file: 'model.py',
    lines: /^ {8}self\.again = .*$/m,
    choices: () =>
      [0, 0.1, 0.3].map(
        (size) => `        self.again = nn.Parameter(torch.full((shape.depth,), ${size.toFixed(1)}))  # λ0`,
      ),
  },
  {
    name: 'the first weights of the head',
    category: 'architecture',
    file: 'model.py',
    lines: /^ {8}nn\.init\.normal_\(self\.head\.weight, std=.*\)$/m,
    choices: () => [0.001, 0.01, 0.05].map((std) => `        nn.init.normal_(self.head.weight, std=${std})`),
  },
  {
    name: 'the smoothing of the targets',
    category: 'regularization',
    file: 'model.py',
    lines: /^ {8}return F\.cross_entropy\(.*$/m,
    choices: () =>
      ['', ', label_smoothing=0.05'].map(
        (more) => `        return F.cross_entropy(self.logits(x), targets, reduction="sum"${more})`,
      ),
  },
]

function feedForward(up: number, down: number): string {
  return (
    `        self.up = nn.Linear(shape.dim, ${up} * shape.dim, bias=False)\n` +
    `        self.down = nn.Linear(${down} * shape.dim, shape.dim, bias=False)`
  )
}

const OPTIMIZER: readonly Rule[] = [
  {
    name: 'the decay rates of Adam',
    category: 'optimizer',
    file: 'optimizer.py',
    lines: /^ADAM_BETAS = .*$/m,
    choices: () =>
      ['0.7, 0.9', '0.8, 0.95', '0.9, 0.95', '0.9, 0.99'].map((both) => `ADAM_BETAS = (${both})`),
  },
  {
    name: 'the momentum of Muon',
    category: 'optimizer',
    file: 'optimizer.py',
    lines: /^MOMENTUM = .*$/m,
    choices: () => ['0.85, 0.95', '0.9, 0.9', '0.7, 0.85'].map((both) => `MOMENTUM = (${both})`),
  },
  {
    name: 'the steps until the momentum is reached',
    category: 'schedule',
    file: 'optimizer.py',
    lines: /^MOMENTUM_STEPS = .*$/m,
    choices: among('MOMENTUM_STEPS = 30', 'MOMENTUM_STEPS = 100', 'MOMENTUM_STEPS = 300'),
  },
  {
    name: 'the number of orthogonalisations',
    category: 'optimizer',
    file: 'optimizer.py',
    lines: /^ORTHOGONALISATIONS = .*$/m,
    choices: () => [2, 3, 5].map((times) => `ORTHOGONALISATIONS = ${times}`),
  },
  {
    name: 'where weight decay acts',
    category: 'regularization',
    file: 'optimizer.py',
    lines: /^ {4}cautious = .*$/m,
    choices: among('    cautious = update * parameters >= 0', '    cautious = 1'),
  },
]

const TRAIN: readonly Rule[] = [
  {
    name: 'the form of the warm-down',
    category: 'schedule',
    file: 'train.py',
    lines: /^ {4}down = .*$/m,
    choices: () =>
      ['left', 'max(0, left) ** 0.5', '0.5 * (1 - math.cos(math.pi * min(1, left)))', 'left * lefft'].map(
        (form) => `    down = knobs["FINAL_LR_FRAC"] + (1 - knobs["FINAL_LR_FRAC"]) * ${form}`,
      ),
  },
  {
    name: 'the clipping of gradients',
    category: 'optimizer',
    file: 'train.py',
    lines: /^(?: {8}torch\.nn\.utils\.clip_grad_norm_\(.*\n)? {8}optimizer\.step\(.*$/m,
    choices: () =>
      [
        '',
        ...[1, 10].map((most) => `        torch.nn.utils.clip_grad_norm_(model.parameters(), ${most})\n`),
      ].map((clips) => `${clips}        optimizer.step(schedule(progress, knobs), progress)`),
  },
  ...['MATRIX_LR', 'EMBEDDING_LR', 'UNEMBEDDING_LR'].map(
    (constant): Rule => ({
      name: constant,
      category: 'hyperparameter',
      file: 'train.py',
      lines: new RegExp(`^${constant} = .*$`, 'm'),
      choices: (old) =>
        [0.5, 0.8, 1.25, 2].map((factor) => `${constant} = ${(factor * valueIn(old)).toPrecision(4)}`),
    }),
  ),
  {
    name: 'DEPTH',
    category: 'hyperparameter',
    file: 'train.py',
    lines: /^DEPTH = .*$/m,
    choices: (old) => [-1, 1].map((step) => `DEPTH = ${Math.min(6, Math.max(1, valueIn(old) + step))}`),
  },
]

function valueIn(line: string): number {
  return Number(line.split('=')[1]!.split('#')[0])
}

export const RULES: readonly Rule[] = [...MODEL, ...OPTIMIZER, ...TRAIN]
