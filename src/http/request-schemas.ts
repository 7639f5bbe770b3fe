/** The JSON schemas of what is created and extended, complete: with the options of every optimizer, which the API's own schemas leave open. */
import { z } from 'zod'
import { optimizerKinds } from '../../optimizers/index.js'
import { advisorSchema } from '../domain/advisor.js'
import { ablatedAdvisorSchema, experimentChange, experimentRequest } from '../domain/experiment.js'
import { optimizerSchema, studyRequest } from '../domain/spec.js'

const BODIES = {
  study: studyRequest,
  experiment: experimentRequest,
  'experiment-change': experimentChange,
} as const

export type RequestName = keyof typeof BODIES
export const REQUESTS = Object.keys(BODIES) as RequestName[]

type JsonSchema = Record<string, unknown>

const schemas = new Map<string, JsonSchema>()

export function requestSchema(request: RequestName): JsonSchema {
  const found = schemas.get(request) ?? makeSchema(request)
  schemas.set(request, found)
  return found
}

function makeSchema(request: RequestName): JsonSchema {
  return z.toJSONSchema(BODIES[request], {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const kinds =
        zodSchema === optimizerSchema ? optimizers() : zodSchema === ablatedAdvisorSchema ? ablated() : []
      if (kinds.length > 0) replace(jsonSchema, { oneOf: kinds })
    },
  })
}

function replace(schema: object, { description, ...rest }: JsonSchema & { description?: unknown }): void {
  for (const key of Object.keys(schema)) if (key !== 'description') delete (schema as JsonSchema)[key]
  Object.assign(schema, description === undefined ? rest : { description, ...rest })
}

function optimizers(): JsonSchema[] {
  return optimizerKinds().map(({ kind, description, optionsSchema }) => {
    const { $schema: _, properties, ...schema } = z.toJSONSchema(optionsSchema, { io: 'input' })
    return {
      ...schema,
      description,
      properties: { kind: { const: kind }, ...properties },
      required: ['kind'],
    }
  })
}

/** The advisors that an ablation may be about, without the share, which each of its arms sets. */
function ablated(): JsonSchema[] {
  const allowed: readonly string[] = ablatedAdvisorSchema.shape.kind.options
  const { oneOf = [], $defs = {} } = z.toJSONSchema(advisorSchema, { io: 'input' })
  return oneOf.flatMap((one) => {
    const { $schema: _, ...whole } =
      typeof one === 'object' && one.$ref ? resolved(one.$ref, $defs) : (one as JsonSchema)
    const { ratio: _ratio, ...properties } = whole.properties as JsonSchema
    const { const: kind } = properties.kind as { const?: string }
    return kind !== undefined && allowed.includes(kind) ? [{ ...whole, properties }] : []
  })
}

function resolved(reference: string, definitions: JsonSchema): JsonSchema {
  return definitions[reference.replace('#/$defs/', '')] as JsonSchema
}
