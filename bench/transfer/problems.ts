/** What is solved: groups of problems that bench/transfer/problems.py serves. */

/** As it is told to problems.py. */
export type Problem =
  | {
      readonly problem: 'bbob-noisy' | 'bbob-mixint'
      readonly function: number
      readonly dimension: number
      readonly instance: number
    }
  | { readonly problem: 'boosting' | 'svm' | 'mlp' }

export interface Group {
  readonly id: string
  readonly label: string
  /** A run of each: a problem, and the seed of whoever searches. */
  readonly tasks: readonly Task[]
  /** The Python package that has it. */
  readonly package: 'coco-experiment' | 'scikit-learn'
}

export interface Task {
  readonly problem: Problem
  readonly seed: number
  /** Measured again, a configuration would have another value. */
  readonly noisy: boolean
}

const TAKES_LONG = ['boosting', 'mlp']

/** `seeds`: instances of each of COCO's functions, and four times as many seeds on a task of scikit-learn. */
export function groupsOf(seeds: number, quick: boolean): Group[] {
  const noisy = upTo(30).map((i) => 100 + i)
  const groups = [
    coco('noisy-5', 'bbob-noisy, n = 5', { problem: 'bbob-noisy', dimension: 5 }, noisy),
    coco('noisy-10', 'bbob-noisy, n = 10', { problem: 'bbob-noisy', dimension: 10 }, noisy),
    coco('mixint-10', 'bbob-mixint, n = 10', { problem: 'bbob-mixint', dimension: 10 }, upTo(24)),
    learning('boosting', 'gradient boosting, breast cancer'),
    learning('svm', 'support vector machine, breast cancer'),
    learning('mlp', 'perceptron, digits'),
  ]
  return groups.filter(({ id }) => !(quick && TAKES_LONG.includes(id)))

  function coco(
    id: string,
    label: string,
    suite: { readonly problem: 'bbob-noisy' | 'bbob-mixint'; readonly dimension: number },
    functions: readonly number[],
  ): Group {
    const some = quick ? functions.slice(0, 1) : functions
    const tasks = upTo(seeds).flatMap((instance) =>
      some.map((number) => ({
        problem: { problem: suite.problem, function: number, dimension: suite.dimension, instance },
        seed: 1000 * number + instance,
        noisy: suite.problem === 'bbob-noisy',
      })),
    )
    return { id, label, tasks, package: 'coco-experiment' }
  }

  function learning(problem: 'boosting' | 'svm' | 'mlp', label: string): Group {
    const tasks = upTo(quick ? 1 : 4 * seeds).map((seed) => ({ problem: { problem }, seed, noisy: false }))
    return { id: problem, label, tasks, package: 'scikit-learn' }
  }
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}
