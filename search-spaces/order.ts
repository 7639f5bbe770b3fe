/**
 * Sorts names topologically, alphabetically where dependencies allow; or returns the cycle that forbids it. The result
 * does not depend on the order of the input, because JSON objects lose their order in some databases.
 */
export function topologicalOrder(
  names: Iterable<string>,
  dependencies: (name: string) => readonly string[],
): { readonly order: readonly string[] } | { readonly cycle: readonly string[] } {
  const known = new Set(names)
  const done = new Set<string>()
  const path: string[] = []

  const visit = (name: string): readonly string[] | null => {
    if (done.has(name) || !known.has(name)) return null
    const seen = path.indexOf(name)
    if (seen >= 0) return [...path.slice(seen), name]
    path.push(name)
    for (const dependency of [...dependencies(name)].sort()) {
      const cycle = visit(dependency)
      if (cycle) return cycle
    }
    path.pop()
    done.add(name)
    return null
  }

  for (const name of [...known].sort()) {
    const cycle = visit(name)
    if (cycle) return { cycle }
  }
  return { order: [...done] }
}
