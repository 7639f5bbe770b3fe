/** A stand-in for a language model: it speaks chat completions over real HTTP and answers at once, but knows nothing. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stream } from '../optimizers/rng.js'
import { draw, type Params, type Space } from '../search-spaces/index.js'

export interface StandInModel {
  /** As OPENAI_BASE_URL. */
  readonly url: string
  close(): Promise<void>
}

/** `suggest` gets the whole request as text. */
export async function serveModel(suggest: (request: string) => Params): Promise<StandInModel> {
  const server = createServer(async (request, response) => {
    const content = JSON.stringify(answerTo(await textOf(request), suggest))
    const choices = [{ finish_reason: 'stop', message: { role: 'assistant', content } }]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** In the form that the request's schema asks for: a configuration, candidates, or what candidates are worth, at random. */
function answerTo(request: string, suggest: (request: string) => Params): object {
  const names = (member: string): string[] | undefined =>
    JSON.parse(request).response_format?.json_schema.schema.properties[member]?.required
  const each = (of: readonly string[], value: (name: string) => unknown) =>
    Object.fromEntries(of.map((name) => [name, value(name)]))
  const [candidates, scores, labels] = [names('candidates'), names('scores'), names('labels')]
  if (candidates) return { candidates: each(candidates, (name) => suggest(request + name)) }
  if (scores) return { scores: each(scores, (name) => keyedBy(request + name).uniform()) }
  if (labels) return { labels: each(labels, (name) => keyedBy(request + name).below(2)) }
  return { reasoning: 'any', params: suggest(request) }
}

/** The same request gets the same numbers. */
function keyedBy(request: string) {
  return stream(createHash('sha256').update(request).digest().readUIntBE(0, 6))
}

async function textOf(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/**
 * Suggests the best configuration of the prompt with one of its parameters drawn again. The same prompt gets the same
 * suggestion, so that a search with it can be repeated.
 */
export function stepFromBest(space: Space): (request: string) => Params {
  return (request) => {
    const rng = keyedBy(request)
    const drawn = draw(space, rng.uniform)
    const best = firstOfTable(request) ?? bestOfExamples(request)
    if (best === undefined) return drawn
    const names = Object.keys(drawn)
    const name = names[rng.below(names.length)]!
    return { ...best, [name]: drawn[name]! }
  }
}

/** The first row of the first table of trials, which is that of the best. In JSON a line ends with \n as two characters. */
function firstOfTable(request: string): Params | undefined {
  const found = /trial,by,value,([^\\]+)\\n\d+,[^,\\]+,[-\d.e]+,([^\\"]+)/.exec(request)
  if (found === null) return undefined
  const values = found[2]!.split(',')
  return Object.fromEntries(found[1]!.split(',').map((name, i) => [name, readValue(values[i]!)]))
}

/** The best of the examples of llambo, which are in no order. */
function bestOfExamples(request: string): Params | undefined {
  const found = /\\nvalue,([^\\]+)\\n((?:[-\d.e]+,[^\\"]+\\n)+)/.exec(request)
  if (found === null) return undefined
  const rows = found[2]!.split('\\n').filter((row) => row !== '')
  const [best] = rows.map((row) => row.split(',')).sort((a, b) => Number(a[0]) - Number(b[0]))
  return Object.fromEntries(found[1]!.split(',').map((name, i) => [name, readValue(best![i + 1]!)]))
}

function readValue(text: string): string | number {
  return Number.isNaN(Number(text)) ? text : Number(text)
}
