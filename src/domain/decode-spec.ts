/** Compiles a study's spec: its space, with the fixed parameters, and its method, with presets resolved. */
import { OptionsError } from '../../optimizers/contract.js'
import { optimizerKinds, optimizerNamed } from '../../optimizers/index.js'
import { openSearch } from '../../optimizers/search.js'
import { fix, readSpace, type Space, SpaceError, spaceNamed } from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import { isPrior } from './advisor.js'
import { METHODS, methodNamed, type StudyMethod } from './methods.js'
import type { StudySpec } from './spec.js'

export function decodeSpec(spec: StudySpec): { space: Space; method: StudyMethod } {
  return { space: decodeSpace(spec), method: decodeMethod(spec) }
}

/** Compiles the spec and opens a search with it, so that every fault is found before the study is created. */
export function checkSpec(spec: StudySpec): void {
  const { space, method } = decodeSpec(spec)
  try {
    const { optimizer } = openSearch(space, method, spec.seed)
    if (isPrior(method.advisor ?? null) && !optimizer.abilities.believe) refuseBeliefs(optimizer.kind)
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    throw new Fault('invalid_options', error.message, {
      errors: [{ path: error.path, message: error.message }],
    })
  }
}

function refuseBeliefs(kind: string): never {
  const takers = optimizerKinds().filter((one) => optimizerNamed(one.kind)!.abilities.believe)
  throw new OptionsError(
    'method.advisor.as',
    `${kind} does not accept beliefs: set "as" to "override", or choose ${takers.map((one) => one.kind).join(' or ')}`,
  )
}

function decodeSpace({ space, fixed }: StudySpec): Space {
  const read = typeof space === 'string' ? spaceNamed(space) : withPathPrefix('space', () => readSpace(space))
  if (read === undefined) {
    const message = `there is no space named ${JSON.stringify(space)}: choose one of GET /spaces, or give the space itself`
    throw new Fault('invalid_space', message, { errors: [{ path: 'space', message }] })
  }
  return fixed === undefined ? read : withPathPrefix('fixed', () => fix(read, fixed))
}

function decodeMethod({ method }: StudySpec): StudyMethod {
  if (typeof method !== 'string') return method
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
