/** Asks each named endpoint for the models that it lists, which costs nothing. */
import { type EndpointSpec, openEndpoint, readEndpoints } from '../../advisors/llm/endpoints.js'
import type { ModelListing } from '../../advisors/llm/provider.js'
import type { Config } from '../../config.js'
import type { Finding } from './finding.js'

const LONGEST_MS = 10_000
const MOST_NAMES = 5

export async function endpointFindings({ llm, limits }: Config): Promise<Finding[]> {
  try {
    const specs = Object.entries(await readEndpoints(llm.endpoints))
    return await Promise.all(
      specs.map(async ([name, spec]) => {
        const key = spec.key && llm.variable?.(spec.key.variable)
        if (spec.key !== undefined && key === undefined) return withoutKey(name, spec)
        const listing = await openEndpoint(spec, key, limits).list!(LONGEST_MS)
        return endpointFinding(name, spec, listing)
      }),
    )
  } catch (error) {
    return [{ what: 'endpoints', is: 'wrong', says: (error as Error).message, todo: 'correct the file' }]
  }
}

function withoutKey(name: string, { key }: EndpointSpec): Finding {
  const todo = 'only studies whose model begins with this name need it'
  return { what: name, is: 'note', says: `${key!.variable} is not set`, todo }
}

function endpointFinding(name: string, spec: EndpointSpec, listing: ModelListing): Finding {
  const { url, key, models } = spec
  if (listing.ok) return listedFinding(name, listing.models, Object.keys(models), url)
  const { status, message } = listing
  if (status === null)
    return {
      what: name,
      is: 'wrong',
      says: `nothing answers at ${url}: ${message}`,
      todo: `start the server, or correct endpoints.${name}.url`,
    }
  if (status === 401 || status === 403) {
    const todo = key === undefined ? `add endpoints.${name}.key` : `correct ${key.variable}`
    return { what: name, is: 'wrong', says: `${url} answers ${status}: it wants another key`, todo }
  }
  const todo = 'it may answer all the same: not every server lists its models'
  return { what: name, is: 'note', says: `${url} lists no models (${status})`, todo }
}

function listedFinding(name: string, listed: readonly string[], named: string[], url: string): Finding {
  const lacks = named.filter((model) => !listed.includes(model))
  const some = listed.slice(0, MOST_NAMES).join(', ')
  const says = `${url} lists ${listed.length} models: ${some}${listed.length > MOST_NAMES ? ', …' : ''}`
  if (lacks.length === 0) return { what: name, is: 'fine', says }
  return {
    what: name,
    is: 'note',
    says: `${says}; ${lacks.join(', ')} is not among them`,
    todo: `correct endpoints.${name}.models`,
  }
}
