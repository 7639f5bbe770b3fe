/** Small networks of two tanh layers. Evaluation does not allocate: the compiled network has all buffers. */

import { LandscapeError } from './errors.js'

export interface NetworkSpec {
  readonly inputMean: readonly number[]
  readonly inputScale: readonly number[]
  readonly targetMean: number
  readonly targetScale: number
  readonly networks: readonly { readonly layers: readonly LayerSpec[] }[]
}

interface LayerSpec {
  /** Row by row: all inputs of the first output, then of the second, … */
  readonly weights: readonly number[]
  readonly bias: readonly number[]
}

interface Layer {
  readonly weights: Float64Array
  readonly bias: Float64Array
  readonly output: Float64Array
}

export interface Ensemble {
  readonly members: readonly (readonly Layer[])[]
  readonly targetMean: number
  readonly targetScale: number
}

/** Folds the standardisation of the inputs into the first layer. Refuses layers whose sizes do not match. */
export function compile(spec: NetworkSpec, inputs: number, path: string): Ensemble {
  requireLength(spec.inputMean.length, inputs, `${path}.inputMean`)
  requireLength(spec.inputScale.length, inputs, `${path}.inputScale`)
  const members = spec.networks.map(({ layers }, member) => {
    requireShape(layers, inputs, `${path}.networks.${member}`)
    return layers.map((layer, depth) =>
      depth === 0 ? folded(layer, spec) : compiled(layer.weights, layer.bias),
    )
  })
  return { members, targetMean: spec.targetMean, targetScale: spec.targetScale }
}

/** The mean of the members' predictions. */
export function predict(ensemble: Ensemble, input: Float64Array): number {
  let sum = 0
  for (const layers of ensemble.members) sum += apply(layers, input)
  return ensemble.targetMean + (ensemble.targetScale * sum) / ensemble.members.length
}

function apply(layers: readonly Layer[], input: Float64Array): number {
  let h = input
  for (let i = 0; i < layers.length; i++) {
    h = affine(layers[i]!, h)
    if (i < layers.length - 1) squash(h)
  }
  return h[0]!
}

/** Uses four independent sums, because a single sum would make each addition wait for the one before. */
function affine(layer: Layer, input: Float64Array): Float64Array {
  const { weights, bias, output } = layer
  const width = input.length
  for (let row = 0, at = 0; row < output.length; row++) {
    let a = bias[row]!
    let b = 0
    let c = 0
    let d = 0
    let k = 0
    for (; k + 3 < width; k += 4, at += 4) {
      a += weights[at]! * input[k]!
      b += weights[at + 1]! * input[k + 1]!
      c += weights[at + 2]! * input[k + 2]!
      d += weights[at + 3]! * input[k + 3]!
    }
    for (; k < width; k++, at++) a += weights[at]! * input[k]!
    output[row] = a + b + (c + d)
  }
  return output
}

/** tanh by one exponential: twice as fast as Math.tanh, and precise enough for weights of five digits. */
function squash(h: Float64Array): void {
  for (let i = 0; i < h.length; i++) h[i] = 1 - 2 / (Math.exp(2 * h[i]!) + 1)
}

function folded(layer: LayerSpec, spec: NetworkSpec): Layer {
  const width = spec.inputMean.length
  const weights = layer.weights.map((weight, at) => weight / spec.inputScale[at % width]!)
  const bias = layer.bias.map((constant, row) => {
    let shift = 0
    for (let k = 0; k < width; k++) shift += weights[row * width + k]! * spec.inputMean[k]!
    return constant - shift
  })
  return compiled(weights, bias)
}

function compiled(weights: readonly number[], bias: readonly number[]): Layer {
  return {
    weights: Float64Array.from(weights),
    bias: Float64Array.from(bias),
    output: new Float64Array(bias.length),
  }
}

function requireShape(layers: readonly LayerSpec[], inputs: number, path: string): void {
  let width = inputs
  for (const [depth, { weights, bias }] of layers.entries()) {
    requireLength(weights.length, width * bias.length, `${path}.layers.${depth}.weights`)
    width = bias.length
  }
  requireLength(width, 1, `${path}.layers.${layers.length - 1}.bias`)
}

function requireLength(found: number, expected: number, path: string): void {
  if (found === expected) return
  throw new LandscapeError('invalid_weights', path, `has ${found} numbers: expected ${expected}`)
}
