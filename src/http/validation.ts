/** Validates requests against their zod schemas. Each fault names its place and what was expected. */
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { Fault, type FaultAt } from '../faults.js'

type Issue = z.core.$ZodIssue

export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema }) => {
  return (data) => {
    const read = schema.safeParse(data)
    if (read.success) return { value: read.data }
    const errors = issuesOf(read.error)
    return {
      error: new Fault('invalid_request', errors.map((e) => `${e.path || 'body'}: ${e.message}`).join('; '), {
        errors,
      }),
    }
  }
}

/** Each wrong place of a body, and what was expected there. */
export function issuesOf(error: z.ZodError): FaultAt[] {
  return error.issues.flatMap((issue) => issuePlaces(issue, []))
}

/** Of a union only the closest member's faults are reported: the one whose faults are fewest, or lie deepest. */
function issuePlaces(issue: Issue, above: readonly PropertyKey[]): FaultAt[] {
  const path = [...above, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return placeOfIssue(issue, path)
  const closest = issue.errors.reduce((a, b) => (unionDistance(b) < unionDistance(a) ? b : a))
  return closest.flatMap((inner) => issuePlaces(inner, path))
}

function unionDistance(issues: readonly Issue[]): number {
  const wrongKind = issues.some((i) => i.path.length === 0 && i.code === 'invalid_type')
  return (wrongKind ? 1000 : 0) + issues.length - Math.max(0, ...issues.map((i) => i.path.length))
}

function placeOfIssue(issue: Issue, path: readonly PropertyKey[]): FaultAt[] {
  // What is wrong with a name is said by the issues of its own schema.
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => ({ path: dottedPath(path), message }))
  if (issue.code !== 'unrecognized_keys') return [{ path: dottedPath(path), message: issue.message }]
  return issue.keys.map((key) => ({
    path: dottedPath([...path, key]),
    message: 'is not a field here: leave it out, or see /docs for the fields',
  }))
}

function dottedPath(path: readonly PropertyKey[]): string {
  return path.map(String).join('.')
}
