/** A request while it is being written: plain JSON, changed at a path. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type Path = readonly (string | number)[]

export function valueAt(json: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (above, name) =>
      typeof above === 'object' && above !== null ? (above as Record<string, Json>)[name] : undefined,
    json,
  )
}

/** With another value at the path; undefined removes it, and with it every object above that is then empty. */
export function withValue(
  json: Json | undefined,
  [name, ...rest]: Path,
  value: Json | undefined,
): Json | undefined {
  if (name === undefined) return value
  if (typeof name === 'number') return withItem(Array.isArray(json) ? json : [], name, rest, value)
  const members: { readonly [name: string]: Json } = isObject(json) ? json : {}
  const next = withValue(members[name], rest, value)
  if (next !== undefined) return { ...members, [name]: next }
  const { [name]: _, ...others } = members
  return Object.keys(others).length === 0 ? undefined : others
}

function withItem(items: readonly Json[], place: number, rest: Path, value: Json | undefined): Json {
  const next = withValue(items[place], rest, value)
  if (next === undefined && rest.length === 0) return items.filter((_, i) => i !== place)
  return items.toSpliced(place, 1, next ?? {})
}

export function isObject(json: Json | undefined): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** As the service names places: `method.optimizer.sigma`. */
export function dotted(path: Path): string {
  return path.join('.')
}
