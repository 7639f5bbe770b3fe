/** A body that may be null may be left out too. The generator of the OpenAPI document calls every body required. */
interface Operation {
  requestBody?: {
    required?: boolean
    content: Record<string, { schema?: { anyOf?: readonly { type?: string }[] } }>
  }
}

interface Document {
  paths?: Record<string, Record<string, Operation>>
}

export function markOptionalBodies<T extends object>(document: T): T {
  for (const path of Object.values((document as Document).paths ?? {}))
    for (const { requestBody } of Object.values(path)) {
      const bodies = Object.values(requestBody?.content ?? {})
      if (bodies.some(({ schema }) => schema?.anyOf?.some(({ type }) => type === 'null')))
        requestBody!.required = false
    }
  return document
}
