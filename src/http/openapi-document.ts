/** Completes the generated OpenAPI document, so that other generators make clients of it. */
interface Operation {
  requestBody?: {
    required?: boolean
    content: Record<string, { schema?: { type?: string; anyOf?: readonly { type?: string }[] } }>
  }
}

interface Document {
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Schemas }
}

type Schemas = Record<string, unknown>

export function completeDocument<T extends object>(document: T): T {
  markOptionalBodies(document)
  describeFileBodies(document)
  const { components, ...rest } = document as Document
  const { paths, schemas } = nameSchemasOnce(rest.paths ?? {}, components?.schemas ?? {})
  return plainSchemas({ ...rest, components: { ...components, schemas }, paths }) as T
}

/** A body that may be null may be left out too. The generator of the OpenAPI document calls every body required. */
function markOptionalBodies(document: Document): void {
  for (const path of Object.values(document.paths ?? {}))
    for (const { requestBody } of Object.values(path)) {
      const bodies = Object.values(requestBody?.content ?? {})
      if (bodies.some(({ schema }) => schema?.anyOf?.some(({ type }) => type === 'null')))
        requestBody!.required = false
    }
}

/** Of a route that takes files as well as JSON the generator gives every type the schema of the JSON. */
function describeFileBodies(document: Document): void {
  for (const path of Object.values(document.paths ?? {}))
    for (const { requestBody } of Object.values(path))
      for (const [type, content] of Object.entries(requestBody?.content ?? {}))
        if (type !== 'application/json') content.schema = FILE_OF_ROWS
}

const FILE_OF_ROWS = { type: 'string', description: 'Rows as `export` writes them.' }
const IN_REQUESTS = 'Input'
const POINTER = '#/components/schemas/'

/**
 * The generator writes each schema twice, as it is read and as it is answered. Where only one is used it gets the plain
 * name. Where both are, the schema of requests serves for both: it only leaves open whether members with a default are
 * there, which answers always have.
 */
function nameSchemasOnce(paths: object, schemas: Schemas): { paths: object; schemas: Schemas } {
  const used = reachableFrom(paths, schemas)
  const kept = Object.keys(schemas).filter((name) => used.has(name) && !used.has(`${name}${IN_REQUESTS}`))
  const plain = (name: string) => {
    const base = name.slice(0, -IN_REQUESTS.length)
    return name.endsWith(IN_REQUESTS) && base in schemas ? base : name
  }
  const renamed = <T>(part: T) => mapReferences(part, plain)
  return {
    paths: renamed(paths),
    schemas: Object.fromEntries(
      kept.map((name) => [plain(name), renamed(schemas[name])] as const).sort(byName),
    ),
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

function reachableFrom(part: unknown, schemas: Schemas, found = new Set<string>()): Set<string> {
  mapReferences(part, (name) => {
    if (!found.has(name)) {
      found.add(name)
      reachableFrom(schemas[name], schemas, found)
    }
    return name
  })
  return found
}

/** The same part of the document, with other names in its references. */
function mapReferences<T>(part: T, rename: (name: string) => string): T {
  return mapParts(part, (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith(POINTER)
      ? `${POINTER}${rename(value.slice(POINTER.length))}`
      : value,
  )
}

/**
 * What many generators cannot read, said otherwise. The length of a tuple is `items: false`, which is no schema to them;
 * and of a member that is an object they refuse a default. The members of such an object have their own defaults.
 */
function plainSchemas<T>(document: T): T {
  return mapParts(document, (key, value) =>
    typeof value !== 'object' || NOT_SCHEMAS.includes(key)
      ? value
      : withoutObjectDefault(closedTuple(value!)),
  )
}

/** The keys below which names are, or values, not schemas. */
const NOT_SCHEMAS = ['properties', 'examples', 'example', 'enum', 'const']

function closedTuple(schema: object): object {
  const { items, prefixItems, ...rest } = schema as { items?: unknown; prefixItems?: unknown[] }
  if (items !== false || prefixItems === undefined) return schema
  return { ...rest, prefixItems, minItems: prefixItems.length, maxItems: prefixItems.length }
}

function withoutObjectDefault(schema: object): object {
  const { default: given, ...rest } = schema as { default?: unknown }
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? rest : schema
}

/** Copies a part of the document. `change` sees each value inside before the values in it. */
function mapParts<T>(part: T, change: (key: string, value: unknown) => unknown): T {
  if (Array.isArray(part)) return part.map((one) => mapParts(changed('', one, change), change)) as T
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, mapParts(changed(key, value, change), change)]),
  ) as T
}

function changed(key: string, value: unknown, change: (key: string, value: unknown) => unknown): unknown {
  return value === null || value === undefined ? value : change(key, value)
}
