/**
 * The features of a configuration in the memory model: its parameters on a logarithmic scale from -1 to 1, and the
 * products of its sizes.
 *
 * Sizes (int, ordinal) are the dimensions of tensors, and they multiply; rates (float) hardly matter. So sizes have
 * products and a wide prior whose mean raises memory, rates a narrow prior around zero. The data may overrule both.
 */
import { isPositive } from '../../search-spaces/index.js'
import type { Parameter, Params, Space } from '../../search-spaces/types.js'

export interface Features {
  /** The parameters behind the coordinates; an unordered parameter has one for each of its values. */
  readonly coordinates: readonly Coordinate[]
  /** Pairs of coordinates that are multiplied, a coordinate with itself included. */
  readonly products: readonly (readonly [number, number])[]
  /** Prior mean and variance of the weight of each coordinate, then of each product. */
  readonly means: readonly number[]
  readonly variances: readonly number[]
}

export interface Coordinate {
  readonly parameter: string
  readonly ordered: boolean
  readonly size: boolean
  readonly variance: number
  /** From -1 to 1, 0 where it is not active. */
  at(params: Params): number
}

/**
 * Standard deviations of weights: by how much the logarithm of memory changes over half a range. A size's mean is as
 * much.
 */
const SIZE = 0.5
const RATE = 0.2
const PRODUCT = 0.1
/** Up to so many sizes have products (78 of them); the weights of more could not be learned in time. */
const MAX_SIZES = 12
/** An unordered parameter with more values is left out: each value is seen too rarely. */
const MAX_CHOICES = 16
/** The prior variance of all weights together, at a corner of the space, is no more than this. */
const TOTAL = 2
/** From the middle to the corner where every size is largest, memory is expected to grow by no more than e to this. */
const TOTAL_GROWTH = 2.5

export function featuresOf(space: Space): Features {
  const coordinates = space.searched.flatMap(coordinatesOf)
  const sizes = [...coordinates.keys()].filter((i) => coordinates[i]!.size)
  const products =
    sizes.length > MAX_SIZES ? [] : sizes.flatMap((i, k) => sizes.slice(k).map((j) => [i, j] as const))
  const growth = Math.min(SIZE, TOTAL_GROWTH / sizes.length)
  const means = [...coordinates.map(({ size }) => (size ? growth : 0)), ...products.map(() => 0)]
  const variances = [...coordinates.map(({ variance }) => variance), ...products.map(() => PRODUCT ** 2)]
  const scale = Math.min(1, TOTAL / variances.reduce((sum, variance) => sum + variance, 0))
  return { coordinates, products, means, variances: variances.map((variance) => variance * scale) }
}

export function coordinatesAt({ coordinates }: Features, params: Params): number[] {
  return coordinates.map((coordinate) => coordinate.at(params))
}

/**
 * The features at coordinates z: z itself, then the products; a square is centred, so that the intercept is the
 * middle.
 */
export function expand({ products }: Features, z: readonly number[]): number[] {
  return [...z, ...products.map(([i, j]) => (i === j ? z[i]! ** 2 - 1 / 3 : z[i]! * z[j]!))]
}

function coordinatesOf(parameter: Parameter): Coordinate[] {
  const { name, numeric, kind, levels } = parameter
  if (numeric) {
    const size = kind !== 'float'
    const scale = scaleOf(parameter)
    const variance = (size ? SIZE : RATE) ** 2
    return [{ parameter: name, ordered: true, size, variance, at: (params) => scale(params[name]) }]
  }
  if (levels > MAX_CHOICES) return []
  return Array.from({ length: levels }, (_, i) => ({
    parameter: name,
    ordered: false,
    size: false,
    variance: SIZE ** 2 / levels,
    at: (params: Params) => (params[name] === parameter.level(i) ? 1 : 0),
  }))
}

/** Logarithmic wherever all values are positive numbers: memory is a product of sizes. */
function scaleOf(parameter: Parameter): (value: Params[string] | undefined) => number {
  if (!isPositive(parameter)) return (value) => (value === undefined ? 0 : 2 * parameter.toUnit(value) - 1)
  const from = Math.log(Number(parameter.fromUnit(0)))
  const width = Math.log(Number(parameter.fromUnit(1))) - from
  return (value) => (typeof value === 'number' ? (2 * (Math.log(value) - from)) / width - 1 : 0)
}
