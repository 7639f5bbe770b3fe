/** Tells a method that a path does not take (405, with what it takes) from a path that there is not (404). */
import { Fault } from '../faults.js'
import { notFound, requestPath } from './errors.js'
import type { App } from './instance.js'

/** Call before the routes are registered. */
export function collectMethods(app: App): ReadonlyMap<string, ReadonlySet<string>> {
  const byPattern = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = byPattern.get(url) ?? new Set()
    byPattern.set(url, methods)
    for (const one of [method].flat()) methods.add(one)
  })
  return byPattern
}

/** Refuses what no route takes before its body is read, which would be refused for its type or its content first. */
export function refuseUnrouted(app: App, methods: ReadonlyMap<string, ReadonlySet<string>>): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const path = requestPath(request)
    const allowed = allowedAt(path, methods)
    if (allowed.length === 0) throw notFound(request)
    void reply.header('allow', allowed.join(', '))
    throw new Fault(
      'method_not_allowed',
      `${path} takes ${allowed.join(', ')}, not ${request.method}: see /docs`,
    )
  })
}

function allowedAt(path: string, methods: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const parts = path.split('/')
  const found = [...methods].filter(([pattern]) => matches(pattern.split('/'), parts))
  return [...new Set(found.flatMap(([, taken]) => [...taken]))].sort()
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '*') return matches(pattern.slice(0, -1), path.slice(0, pattern.length - 1))
  return (
    pattern.length === path.length && pattern.every((part, i) => part === path[i] || isFilled(part, path[i]))
  )
}

function isFilled(part: string, given: string | undefined): boolean {
  return part.startsWith(':') && given !== undefined && given !== ''
}
