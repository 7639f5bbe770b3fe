/** The spaces that the conformance suite drives every optimizer through. */
import { readSpace, type Space, spaceNamed } from '../../search-spaces/index.js'

export const everyKind = readSpace({
  parameters: {
    PLAIN: { type: 'float', low: -3, high: 7 },
    LOGGED: { type: 'float', low: 1e-6, high: 1, log: true },
    STEPPED: { type: 'float', low: 0, high: 1, step: 0.1 },
    WHOLE: { type: 'int', low: -5, high: 20 },
    WHOLE_LOG: { type: 'int', low: 1, high: 4000, log: true },
    BY_EIGHT: { type: 'int', low: 8, high: 64, step: 8 },
    POWER: { type: 'int', low: 16, high: 512, powerOfTwo: true },
    SIZE: { type: 'ordinal', choices: ['small', 'medium', 'large'] },
    RATE: { type: 'ordinal', choices: [0.1, 1, 5, 100] },
    OPTIMIZER: { type: 'categorical', choices: ['adamw', 'lion', 'sgd', 'muon'] },
    MIXED: { type: 'categorical', choices: ['auto', 3, false] },
    BIAS: { type: 'bool' },
    SEED: { type: 'fixed', value: 42 },
  },
})

export const conditional = readSpace({
  parameters: {
    BOOSTER: { type: 'categorical', choices: ['tree', 'dart', 'linear'] },
    DEPTH: { type: 'int', low: 1, high: 12, when: { BOOSTER: ['tree', 'dart'] } },
    DROP_ALL: { type: 'bool', when: { BOOSTER: 'dart' } },
    DROP: { type: 'float', low: 0, high: 1, when: { DROP_ALL: false } },
    UPDATER: { type: 'categorical', choices: ['shotgun', 'coordinate'], when: { BOOSTER: 'linear' } },
    LAMBDA: { type: 'float', low: 1e-8, high: 10, log: true },
  },
})

export const constrained = readSpace({
  parameters: {
    WARMUP: { type: 'float', low: 0, high: 1 },
    COOLDOWN: { type: 'float', low: 0, high: 1 },
    BATCH: { type: 'int', low: 8, high: 256, powerOfTwo: true },
    MICRO: { type: 'int', low: 8, high: 256, powerOfTwo: true },
  },
  constraints: ['WARMUP + COOLDOWN <= 1', { expression: 'BATCH % MICRO == 0', adjust: 'MICRO' }],
})

export const numbers = readSpace({
  parameters: {
    A: { type: 'float', low: 0, high: 1 },
    B: { type: 'float', low: 1e-4, high: 1, log: true },
    C: { type: 'float', low: -10, high: 10 },
  },
})

export const wide = readSpace({
  parameters: {
    FAR: { type: 'float', low: -1e300, high: 1e300 },
    FINE: { type: 'float', low: 1e-300, high: 1e300, log: true },
    COUNT: { type: 'int', low: 0, high: 1e12 },
  },
})

export const twoHundred = readSpace({
  parameters: Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [
      `P${i}`,
      i % 4 === 0
        ? { type: 'int' as const, low: 1, high: 64 }
        : i % 4 === 1
          ? { type: 'categorical' as const, choices: ['a', 'b', 'c'] }
          : { type: 'float' as const, low: 1e-3, high: 1, log: i % 4 === 2 },
    ]),
  ),
})

export const oneParameter: Readonly<Record<string, Space>> = {
  float: readSpace({ parameters: { X: { type: 'float', low: 0, high: 1 } } }),
  int: readSpace({ parameters: { X: { type: 'int', low: 1, high: 9 } } }),
  ordinal: readSpace({ parameters: { X: { type: 'ordinal', choices: ['a', 'b', 'c'] } } }),
  categorical: readSpace({ parameters: { X: { type: 'categorical', choices: ['a', 'b', 'c'] } } }),
  bool: readSpace({ parameters: { X: { type: 'bool' } } }),
}

export const everySpace: Readonly<Record<string, Space>> = {
  'every kind of parameter': everyKind,
  'conditional parameters': conditional,
  'continuous parameters': numbers,
  'ranges of 600 decades': wide,
  '200 parameters': twoHundred,
  'autoresearch-14': spaceNamed('autoresearch-14')!,
  ...Object.fromEntries(Object.entries(oneParameter).map(([kind, space]) => [`one ${kind}`, space])),
}
