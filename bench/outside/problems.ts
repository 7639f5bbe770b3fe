/** What is solved: problems that bench/transfer/problems.py serves, none of which has noise. */

export interface Problem {
  readonly id: string
  readonly group: Group
  /** The Python package that has it. */
  readonly package: 'scikit-learn' | 'coco-experiment'
  /** As it is told to problems.py. */
  readonly told: { readonly problem: string; readonly [field: string]: unknown }
  /** Whether problems.py knows the optimum, so that the worth of a value is its distance from there. */
  readonly optimumKnown: boolean
}

export type Group = keyof typeof groups

export const groups = {
  models: 'models of scikit-learn',
  pipelines: 'pipelines with conditional parameters',
  mixint: 'bbob-mixint, n = 10',
  large: 'bbob-largescale, n = 20 and 40',
} as const

const MODELS = [
  ...['boosting', 'svm', 'mlp', 'descent-digits', 'neighbours-digits', 'tree-breast', 'forest-wine'],
  ...['boosting-diabetes', 'svm-diabetes', 'mlp-wine'],
]
const PIPELINES = ['pipeline-digits', 'pipeline-wine', 'pipeline-diabetes']
/** Of each class of functions one or two, of 24. */
const FUNCTIONS = [1, 3, 6, 8, 11, 15, 17, 20, 22]

export function problems(quick: boolean): Problem[] {
  if (quick) return [learning('models')('tree-breast'), coco('mixint', 'bbob-mixint', 10)(8)]
  return [
    ...MODELS.map(learning('models')),
    ...PIPELINES.map(learning('pipelines')),
    ...FUNCTIONS.map(coco('mixint', 'bbob-mixint', 10)),
    ...[1, 8, 15, 20].map(coco('large', 'bbob-largescale', 20)),
    ...[2, 8, 17, 21].map(coco('large', 'bbob-largescale', 40)),
  ]
}

function learning(group: Group): (problem: string) => Problem {
  return (problem) => ({
    id: problem,
    group,
    package: 'scikit-learn',
    told: { problem },
    optimumKnown: false,
  })
}

function coco(group: Group, problem: string, dimension: number): (number: number) => Problem {
  return (number) => ({
    id: `${problem} f${number}, n = ${dimension}`,
    group,
    package: 'coco-experiment',
    told: { problem, function: number, dimension, instance: 1 },
    optimumKnown: true,
  })
}
