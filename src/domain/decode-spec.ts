/** Compiles a study's spec: its space, with the fixed parameters, and its method, with presets resolved. */
import { type Abilities, type OptimizerTraits, OptionsError } from '../../optimizers/contract.js'
import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import { openSearch } from '../../optimizers/search.js'
import {
  compileSpace,
  fix,
  readSpace,
  type Space,
  SpaceError,
  spaceNamed,
} from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import { isPrior } from './advisor.js'
import { completedChiron, METHODS, methodNamed, type StudyMethod } from './methods.js'
import { CHIRON, methodSchema, type StudyRequest, type StudySpec } from './spec.js'

/** Of a spec that was checked when its study was created: whether its constraints can be satisfied is not asked again. */
export function decodeSpec(spec: StudySpec): { space: Space; method: StudyMethod } {
  return { space: decodeSpace(spec, compileSpace), method: searchMethodOf(spec) }
}

/** What a study is to be created from: its space is known, and its method may be left out. */
export type SpecRequest = StudyRequest & Pick<StudySpec, 'space'>

/**
 * Compiles the spec and opens a search with it, so that every fault is found before the study is created. Resolves the preset
 * `chiron`, the method where none is named: `model` is the language model that it asks.
 */
export function checkSpec(given: SpecRequest, model: string | null): StudySpec {
  const space = decodeSpace(given, readSpace)
  const named = given.method ?? CHIRON
  const spec = {
    ...given,
    method: named === CHIRON ? methodSchema.parse(completedChiron(model, space)) : named,
  }
  checkSearch(spec, space)
  return spec
}

function checkSearch(spec: StudySpec, space: Space): void {
  const method = searchMethodOf(spec)
  try {
    const { optimizer } = openSearch(space, method, spec.seed)
    if (isPrior(method.advisor ?? null) && !optimizer.abilities.believe) refuseBeliefs(optimizer.kind)
    checkShare(method.advisor, optimizer)
    checkWarmStart(spec.warmStart, optimizer)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    throw new Fault('invalid_options', error.message, {
      errors: [{ path: error.path, message: error.message }],
    })
  }
}

function checkShare(advisor: StudyMethod['advisor'], { kind, abilities }: OptimizerTraits): void {
  if (advisor?.promise !== undefined && !abilities.score)
    throw new OptionsError(
      'method.advisor.promise',
      `${kind} has no model that could judge the advisor's configurations: leave "promise" out, or choose ${kindsWith('score')}`,
    )
  if (advisor?.until !== undefined && advisor.until <= advisor.warmup)
    throw new OptionsError(
      'method.advisor.until',
      `is ${advisor.until}, so the advisor would never have a turn: it must be above warmup, ${advisor.warmup}`,
    )
}

function checkWarmStart(warmStart: StudySpec['warmStart'], { kind, abilities }: OptimizerTraits): void {
  if (warmStart === undefined) return
  if ((warmStart.studies === undefined) === (warmStart.from === undefined))
    throw new OptionsError(
      'warmStart',
      'name the earlier studies in "studies", or say "from": "finished": exactly one of the two',
    )
  if (warmStart.as === 'model' && !abilities.carry)
    throw new OptionsError(
      'warmStart.as',
      `${kind} cannot learn a weight for an earlier study: leave "as" out to import its trials, or choose ${kindsWith('carry')}`,
    )
}

function kindsWith(ability: keyof Abilities): string {
  const able = optimizerKinds().filter((one) => optimizerNamed(one.kind)!.abilities[ability])
  return able.map((one) => one.kind).join(' or ')
}

function refuseBeliefs(kind: string): never {
  throw new OptionsError(
    'method.advisor.as',
    `${kind} does not accept beliefs: set "as" to "override", or choose ${kindsWith('believe')}`,
  )
}

function decodeSpace({ space, fixed }: Pick<StudySpec, 'space' | 'fixed'>, read: typeof readSpace): Space {
  const whole = typeof space === 'string' ? spaceNamed(space) : withPathPrefix('space', () => read(space))
  if (whole === undefined) {
    const message = `there is no space named ${JSON.stringify(space)}: choose one of GET /spaces, or give the space itself`
    throw new Fault('invalid_space', message, { errors: [{ path: 'space', message }] })
  }
  return fixed === undefined ? whole : withPathPrefix('fixed', () => fix(whole, fixed, read))
}

/** The method, with the starting design that studies which are compared seed by seed have in common. */
function searchMethodOf(spec: StudySpec): StudyMethod {
  const method = decodeMethod(spec)
  return spec.paired ? { ...method, start: 'shared' } : method
}

export function decodeMethod({ method }: StudySpec): StudyMethod {
  if (typeof method !== 'string') return { ...method, optimizer: method.optimizer ?? { kind: 'random' } }
  const preset = methodNamed(method)
  if (preset !== undefined) return preset
  const known = METHODS.map(({ name }) => name).join(', ')
  const message = `there is no method named ${JSON.stringify(method)}; there are ${known}`
  throw new Fault('invalid_options', message, { errors: [{ path: 'method', message }] })
}

/** Turns a SpaceError into a fault whose paths begin at the top of the request. */
function withPathPrefix<T>(field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error
    const errors = error.faults.map((f) => ({
      path: f.path === '' ? field : `${field}.${f.path}`,
      message: f.message,
    }))
    throw new Fault('invalid_space', errors.map((e) => `${e.path}: ${e.message}`).join('; '), { errors })
  }
}
