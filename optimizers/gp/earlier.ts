/**
 * Earlier studies as gp uses them: of each a model of its own objective, in its own units, fitted once.
 *
 * The model of this study's objective is a weighted sum of theirs and a part of its own (kernel.ts), and the first
 * trials are the best of the earlier ones. A study whose order of configurations is not the one that is found here is
 * left aside.
 */
import { derive, encode, isActive } from '../../search-spaces/index.js'
import type { Parameter, Params, Space, Value } from '../../search-spaces/types.js'
import type { EarlierStudy } from '../contract.js'
import { rankCorrelation } from '../math/rank-correlation.js'
import { type Encoding, type Point, pointAt } from '../surrogate/encoding.js'
import { appendResult, emptyHistory, type History } from '../surrogate/history.js'
import { snapped } from '../surrogate/snap.js'
import { type Model, openModels } from './model.js'
import { posteriorAtMany, rankedByMean } from './posterior.js'

export interface Earlier {
  readonly study: string
  readonly trials: number
  /** Of its objective, made when it is first needed. */
  model(): Model
  /** What to try first of it: its best configuration, then others of its best tenth, each far from those before it. */
  best(): readonly Point[]
}

/** The most trials of all earlier studies together: each makes an ask slower as one of the study's own does. */
const MOST_TRIALS = 160
/** A study with fewer says nothing. */
const FEWEST_TRIALS = 8

export function earlierOf(encoding: Encoding, studies: readonly EarlierStudy[]): Earlier[] {
  return usedOf(studies).map(({ study, trials }) => {
    const history = emptyHistory(encoding)
    for (const { params, value } of trials)
      appendResult(history, foreignPoint(encoding, params), { kind: 'complete', value: value + 0 })
    const model = once(() => openModels(history).value())
    return { study, trials: history.points.length, model, best: once(() => farApart(history, model())) }
  })
}

/** What is used of earlier studies: those with enough trials, and of their trials as many as an ask can afford. */
export function usedOf<Study extends EarlierStudy>(studies: readonly Study[]): Study[] {
  const enough = studies.filter(({ trials }) => trials.length >= FEWEST_TRIALS)
  const most = Math.max(FEWEST_TRIALS, Math.floor(MOST_TRIALS / enough.length))
  return enough.map((study) => ({ ...study, trials: thinned(study.trials, most) }))
}

/** Half of them the best, the others spread evenly over the study; all in their order. */
function thinned(trials: EarlierStudy['trials'], most: number): EarlierStudy['trials'] {
  if (trials.length <= most) return trials
  const ranked = [...trials.keys()].sort((a, b) => trials[a]!.value - trials[b]!.value || a - b)
  const kept = new Set(ranked.slice(0, most >> 1))
  const rest = [...trials.keys()].filter((i) => !kept.has(i))
  const wanted = most - kept.size
  for (let k = 0; k < wanted; k++) kept.add(rest[Math.floor(((k + 0.5) * rest.length) / wanted)]!)
  return trials.filter((_, i) => kept.has(i))
}

// ── what agrees with the first trials ──

/** An earlier study is judged by so many of the first values, from two on: later ones all lie near the best. */
const JUDGED = { fewest: 2, most: 8 }
/** The least rank correlation of what it expects with what was found. */
const AGREEMENT = 0.5

/** The earlier studies that agree with what was found so far; the same array until that changes. */
export function agreeingWith(history: History, all: readonly Earlier[]): () => readonly Earlier[] {
  let known: { readonly key: string; readonly agreeing: readonly Earlier[] } | undefined
  return () => {
    const judged = history.succeeded.slice(0, JUDGED.most)
    const key = judged.join()
    if (known?.key === key) return known.agreeing
    const agreeing = all.filter((one) => agrees(one, history, judged))
    const isSame = agreeing.every((one, i) => one === known?.agreeing[i])
    known = {
      key,
      agreeing: isSame && agreeing.length === known?.agreeing.length ? known.agreeing : agreeing,
    }
    return known.agreeing
  }
}

function agrees({ model }: Earlier, { points, results }: History, judged: readonly number[]): boolean {
  if (judged.length < JUDGED.fewest) return true
  const values = Float64Array.from(judged, (i) => {
    const result = results[i]!
    return result.kind === 'failed' || Number.isNaN(result.value) ? Number.POSITIVE_INFINITY : result.value
  })
  const expected = posteriorAtMany(
    model(),
    judged.map((i) => points[i]!),
  )
  return (
    rankCorrelation(
      Float64Array.from(expected, ({ mean }) => mean),
      values,
    ) >= AGREEMENT
  )
}

// ── the first trials ──

/** Their best configurations that may run here, in turns; undefined where there is none left. */
export function bestOf(
  encoding: Encoding,
  earlier: readonly Earlier[],
  allowed: (point: Point) => boolean,
): Point | undefined {
  const most = earlier.reduce((longest, { best }) => Math.max(longest, best().length), 0)
  for (let place = 0; place < most; place++) {
    for (const { best } of earlier) {
      const point = best()[place]
      const here = point && snapped(encoding, point.unit)
      if (here && allowed(here)) return here
    }
  }
  return undefined
}

/** The best are this share of a study, but no fewer than so many. */
const BEST = { share: 0.1, fewest: 8 }

/** The best by the model, then always the one that is farthest from those before it. */
function farApart({ points, succeeded }: History, model: Model): Point[] {
  const ranked = rankedByMean(model).map((i) => points[succeeded[i]!]!)
  const left = ranked.slice(0, Math.max(BEST.fewest, Math.ceil(BEST.share * ranked.length)))
  const chosen = left.splice(0, 1)
  while (left.length > 0) {
    const distances = left.map((point) => Math.min(...chosen.map((other) => squaredDistance(point, other))))
    chosen.push(...left.splice(distances.indexOf(Math.max(...distances)), 1))
  }
  return chosen
}

function squaredDistance({ columns: a }: Point, { columns: b }: Point): number {
  return a.reduce((sum, x, c) => sum + (x - b[c]!) ** 2, 0)
}

// ── points of another space ──

/** How far beyond the ends of a range a value may lie, in widths of the range. */
const FARTHEST = 1
/** The name of everything that is not a choice here. */
const OTHER_NAME = -2

/**
 * A configuration of another space: where the parameters of the same names have the same values, also beyond the ends of
 * this space's ranges. A parameter that the other space did not have is taken to have had its default.
 */
export function foreignPoint(encoding: Encoding, given: Params): Point {
  const { space, inputOf, metric, derived } = encoding
  const inside: Record<string, Value> = {}
  for (const parameter of space.parameters)
    if (isActive(parameter, inside)) inside[parameter.name] = valueInside(parameter, given[parameter.name])
  const point = pointAt(encoding, encode(space, inside))
  const columns = point.columns.slice()
  for (const parameter of space.searched) {
    const value = given[parameter.name]
    if (value === undefined || inside[parameter.name] === undefined || parameter.accepts(value)) continue
    const column = inputOf.indexOf(parameter.coordinate)
    columns[column] = column < metric ? placeOf(space, parameter, value, columns[column]!) : OTHER_NAME
  }
  const values = derive(space, { ...inside, ...given })
  derived.forEach(({ name, toColumn }, k) => {
    columns[metric - derived.length + k] = toColumn(values[name] ?? Number.NaN)
  })
  return { unit: point.unit, columns }
}

function valueInside(parameter: Parameter, value: Value | undefined): Value {
  if (value === undefined) return parameter.default
  if (parameter.accepts(value)) return value
  return (typeof value === 'number' ? parameter.nearest(value) : undefined) ?? parameter.default
}

/** Where a number lies on a range that it is outside of: below 0, or above 1. */
function placeOf({ spec }: Space, { name, log }: Parameter, value: Value, inside: number): number {
  const range = spec.parameters[name] as { low?: number; high?: number; powerOfTwo?: boolean }
  if (typeof value !== 'number' || range.low === undefined || range.high === undefined) return inside
  const scale = log || range.powerOfTwo ? Math.log : (x: number) => x
  const place = (scale(value) - scale(range.low)) / (scale(range.high) - scale(range.low))
  return Number.isFinite(place) ? Math.min(1 + FARTHEST, Math.max(-FARTHEST, place)) : inside
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
