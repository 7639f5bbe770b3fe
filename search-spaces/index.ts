export { canonicalJson } from './canonical-json.js'
export { catalogue, spaceNamed } from './catalogue.js'
export { checkGivenParams, checkParams } from './check.js'
export { decode, draw, encode, sample } from './codec.js'
export { isActive } from './conditions.js'
export { fix } from './fix.js'
export { derive, expectedMemory, violated } from './formulas.js'
export { paramsKey } from './key.js'
export { Effort, MOST_OPERATIONS } from './operations.js'
export { isPositive } from './positive.js'
export { compileSpace, readSpace } from './read.js'
export { repair } from './repair.js'
export { type ParameterSpec, parameterSchema, type SpaceSpec, spaceSchema } from './schema.js'
export {
  type Condition,
  type Fault,
  type Kind,
  type Parameter,
  type Params,
  type Repair,
  type Repaired,
  type Space,
  SpaceError,
  type Value,
} from './types.js'
