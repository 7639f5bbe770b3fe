/** Trees and predictions against scikit-learn, fed the same bootstrap samples and thresholds (golden/make.py). */
import { describe, expect, it } from 'vitest'
import { growForest, predict, withPending } from '../../../optimizers/forest/forest.js'
import { tableOf } from '../../../optimizers/forest/table.js'
import type { Tree } from '../../../optimizers/forest/tree.js'
import type { Rng } from '../../../optimizers/rng.js'
import { encodingOf, pointOf } from '../../../optimizers/surrogate/encoding.js'
import { type Params, readSpace, type SpaceSpec } from '../../../search-spaces/index.js'
import reference from './golden/reference.json' with { type: 'json' }

/** [mean, variance, weight] of a leaf, or [column, place of the split, left, right]. */
type Node = [number, number, number] | [number, number | number[], Node, Node]

const encoding = encodingOf(readSpace(reference.space as SpaceSpec))
const pointsOf = (some: readonly unknown[]) => some.map((params) => pointOf(encoding, params as Params))
const [train, at] = [pointsOf(reference.train), pointsOf(reference.at)]
const streams = reference.uniform.map(playback)
const settings = { trees: streams.length, leaf: reference.leaf, columns: reference.considered }
const values = Float64Array.from(reference.values)
const forest = growForest(tableOf(encoding, train), values, undefined, settings, (t) => streams[t]!.rng)

describe('the forest is that of the reference', () => {
  it.each(reference.trees.map((tree, t) => [t, tree as unknown as Node] as const))(
    'in every split and leaf of tree %i, and in all that it draws',
    (t, tree) => {
      expectEqual(forest.trees[t]!, 0, tree)
      expect(streams[t]!.left()).toBe(0)
    },
  )

  it('in its means, and in its variances within and between trees', () => {
    for (const [i, { mean, variance }] of predict(forest, at).entries()) {
      expect(mean).toBeCloseTo(reference.mean[i]!, 12)
      expect(variance).toBeCloseTo(reference.variance[i]!, 12)
    }
  })

  it('with pending points as with trials that gave what was expected', () => {
    const expected = predict(forest, at)[0]!.mean
    const { mean, variance } = predict(withPending(forest, [at[0]!, at[0]!]), at)[0]!
    const leaves = reference.trees.map((tree) => leafOf(tree as unknown as Node, at[0]!.columns))
    const more = leaves.map(([mean, variance, weight]) => {
      const sum = mean * weight + 2 * expected
      const squares = (variance + mean * mean) * weight + 2 * expected ** 2
      const after = sum / (weight + 2)
      return { mean: after, variance: squares / (weight + 2) - after ** 2 }
    })
    const average = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length
    const means = more.map((leaf) => leaf.mean)
    expect(mean).toBeCloseTo(average(means), 12)
    const between = average(means.map((one) => (one - average(means)) ** 2))
    expect(variance).toBeCloseTo(average(more.map((leaf) => leaf.variance)) + between, 12)
  })
})

/** Plays the uniform numbers of a reference back. */
function playback(uniform: readonly number[]): { readonly rng: Rng; left(): number } {
  let next = 0
  const draw = () => {
    if (next === uniform.length) throw new Error('more is drawn than the reference drew')
    return uniform[next++]!
  }
  const rng = { uniform: draw, below: (n: number) => Math.floor(draw() * n), normal: () => Number.NaN }
  return { rng, left: () => uniform.length - next }
}

function expectEqual(tree: Tree, id: number, node: Node): void {
  if (node.length === 3) {
    expect(tree.column[id]).toBe(-1)
    for (const [i, found] of [tree.mean, tree.variance, tree.weight].entries())
      expect(found[id]).toBeCloseTo(node[i]!, 12)
    return
  }
  const [column, place, left, right] = node
  expect(tree.column[id]).toBe(column)
  if (typeof place === 'number') expect(tree.threshold[id]).toBeCloseTo(place, 12)
  else expect([...tree.left[id]!]).toEqual(place)
  expectEqual(tree, id + 1, left)
  expectEqual(tree, tree.right[id]!, right)
}

function leafOf(node: Node, columns: Float64Array): [number, number, number] {
  if (node.length === 3) return node
  const [column, place, left, right] = node
  const value = columns[column]!
  const goesLeft = typeof place === 'number' ? value <= place : place[value + 1] === 1
  return leafOf(goesLeft ? left : right, columns)
}
