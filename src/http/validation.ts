/** Holds a request against its zod schema; what is wrong leaves with its place and with what would be right. */
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

/** Each place that is wrong, and what would be right there. */
export function issuesOf(error: z.ZodError): FaultAt[] {
  return error.issues.flatMap((issue) => places(issue, []))
}

/** A fault in a union is told by the member that came closest: the one whose faults lie deepest, or are fewest. */
function places(issue: Issue, above: readonly PropertyKey[]): FaultAt[] {
  const path = [...above, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return named(issue, path)
  const closest = issue.errors.reduce((a, b) => (distance(b) < distance(a) ? b : a))
  return closest.flatMap((inner) => places(inner, path))
}

function distance(issues: readonly Issue[]): number {
  const wrongKind = issues.some((i) => i.path.length === 0 && i.code === 'invalid_type')
  return (wrongKind ? 1000 : 0) + issues.length - Math.max(0, ...issues.map((i) => i.path.length))
}

function named(issue: Issue, path: readonly PropertyKey[]): FaultAt[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: spell(path), message: issue.message }]
  return issue.keys.map((key) => ({
    path: spell([...path, key]),
    message: 'is not a field here: leave it out, or see /docs for its name',
  }))
}

function spell(path: readonly PropertyKey[]): string {
  return path.map(String).join('.')
}
