/** The requests of at most 1 MiB that cost the service most, as far as we could make them up. */
import { STANDARD_LIMITS } from '../../src/limits.js'
import type { Client } from '../service/client.js'
import { configuration } from '../service/ours.js'

export interface HeavyRequest {
  readonly label: string
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly type?: string
  /** Another one each time where the same would be known already. */
  readonly body?: string | ((time: number) => string)
}

/** One under the limit of a body. */
const MOST_BYTES = 2 ** 20 - 1
const METHODS = ['random', 'tpe', 'cma-es', 'gp'] as const
const float = { type: 'float', low: 0, high: 1 }

/** The studies that the requests are about; two of them have a history. */
export async function prepareStudies(http: Client, history: number): Promise<void> {
  await http.post('/studies', { name: 'long', space: 'autoresearch-14', method: 'random' })
  await fill(http, 'long', history, (i) => ({ params: configuration(i) }))
  for (const method of METHODS) {
    await http.post('/studies', { name: `asked-${method}`, space: 'autoresearch-14', method })
    await fill(http, `asked-${method}`, Math.min(history, 1000), (i) => ({ params: configuration(i) }))
    await http.post('/studies', { name: `wide-${method}`, space: { parameters: wide(300) }, method })
    await http.post('/studies', { name: `dear-${method}`, space: dearSpace(960), method })
  }
  const metrics = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`text${i}`, 'x'.repeat(2000)]))
  await http.post('/studies', { name: 'fat', space: 'autoresearch-14', method: 'random' })
  await fill(http, 'fat', Math.min(history, 500), (i) => ({ params: configuration(i), metrics }))
}

async function fill(
  http: Client,
  study: string,
  count: number,
  trialOf: (i: number) => object,
): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) {
      const i = next++
      const value = 1 + Math.sin(i) / 10
      await http.post(`/studies/${study}/trials`, { ...trialOf(i), outcome: 'complete', value })
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
}

export function heavyRequests(): HeavyRequest[] {
  return [
    ...METHODS.flatMap((method) => [
      ask(`64 trials, ${method}, 1000 observations`, `asked-${method}`),
      ask(`64 trials, ${method}, 300 parameters`, `wide-${method}`),
      ask(`64 trials, ${method}, 960 operations a configuration`, `dear-${method}`),
    ]),
    post('import, rows of a csv', '/studies/long/import', importCsv, 'text/csv'),
    post('import, rows of jsonl', '/studies/long/import', importJsonl, 'application/x-ndjson'),
    post('import, rows with nothing in them', '/studies/long/import', () => JSON.stringify(repeated({}, 2))),
    post('import, rows of unknown members', '/studies/long/import', () =>
      JSON.stringify(Array(STANDARD_LIMITS.importRows).fill(members(100))),
    ),
    post(
      'import, a csv of commas',
      '/studies/long/import',
      () => `a\n${','.repeat(MOST_BYTES - 2)}`,
      'text/csv',
    ),
    post(
      'import, a csv of quotation marks',
      '/studies/long/import',
      () => `a\n${'"'.repeat(MOST_BYTES - 2)}`,
      'text/csv',
    ),
    post('import into gp', '/studies/asked-gp/import', importJsonl, 'application/x-ndjson'),
    study('a space of 500 parameters with choices', (time) => ({ parameters: choices(500, 380, time) })),
    study('a space of 500 floats', () => ({ parameters: wide(500) })),
    study('a space of 10 000 operations', () => dearSpace(9_900)),
    study('a space of 10 000 operations that nothing satisfies', () => ({
      ...dearSpace(9_000),
      constraints: ['x == y'],
    })),
    study('a space of 2 300 operations that must be adjusted', () => ({
      ...dearSpace(2_300),
      constraints: [{ expression: 'x + y > 1.999', adjust: ['x', 'y'] }],
    })),
    study('a long warm start', () => 'autoresearch-14', {
      warmStart: { studies: ['long', 'asked-random', 'asked-tpe'] },
    }),
    post('JSON of objects in objects, as deep as may be', '/studies', () =>
      filled('{"a":'.repeat(98), '1', '}'.repeat(98)),
    ),
    post('JSON of arrays that never end', '/studies', () => '['.repeat(MOST_BYTES)),
    post('JSON of many members', '/studies', () => JSON.stringify(members(100_000))),
    post('JSON of escapes', '/studies', () => `{"name":"${'\\"'.repeat(MOST_BYTES / 2 - 20)}"}`),
    post('JSON of numbers', '/studies', () => JSON.stringify({ name: repeated(1, 2) })),
    post('a queued trial of unknown parameters', '/studies/long/trials', () =>
      JSON.stringify({ params: members(70_000) }),
    ),
    post('the same, repaired', '/studies/long/trials', () =>
      JSON.stringify({ params: members(70_000), repair: true }),
    ),
    post('a trial with the largest metrics', '/studies/long/trials', (time) =>
      JSON.stringify({ params: configuration(time), outcome: 'complete', value: 1, metrics: members(4_500) }),
    ),
    get('export, csv', '/studies/long/export?format=csv'),
    get('export, jsonl', '/studies/long/export?format=jsonl'),
    get('export of large metrics', '/studies/fat/export?format=jsonl'),
    get('a page of 1000 trials', '/studies/long/trials?limit=1000'),
    get('a page of large trials', '/studies/fat/trials?limit=1000'),
    get('summary of gp', '/studies/asked-gp/summary'),
    get('the state of gp', '/studies/asked-gp/search'),
    get('incumbents', '/studies/long/incumbents'),
    get('metrics', '/metrics'),
    get('OpenAPI', '/openapi.json'),
  ]
}

function ask(what: string, study: string): HeavyRequest {
  const body = (time: number) => JSON.stringify({ worker: `w${time}`, count: 64 })
  return { label: `ask: ${what}`, method: 'POST', path: `/studies/${study}/ask`, body }
}

function post(label: string, path: string, body: HeavyRequest['body'], type?: string): HeavyRequest {
  return { label, method: 'POST', path, body, ...(type && { type }) }
}

function get(label: string, path: string): HeavyRequest {
  return { label, method: 'GET', path }
}

let studies = 0
function study(label: string, spaceOf: (time: number) => unknown, more: object = {}): HeavyRequest {
  const id = ++studies
  const body = (time: number) =>
    JSON.stringify({
      name: `heavy-${id}-${time}-${process.pid}`,
      space: spaceOf(time),
      method: 'random',
      ...more,
    })
  return { label: `new study: ${label}`, method: 'POST', path: '/studies', body }
}

function wide(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, float]))
}

function choices(count: number, each: number, time: number): object {
  const values = Array.from({ length: each }, (_, i) => `${(time + i) % 10_000}`)
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `p${i}`,
      { type: 'categorical', choices: values.slice(0, each) },
    ]),
  )
}

/** The longest expression that is allowed has 241 operations; so many of them that a configuration costs about as much. */
function dearSpace(operations: number) {
  const longest = `max(${Array.from({ length: 240 }, (_, i) => 'xy'[i % 2]).join(',')})`
  const derived = Array.from({ length: Math.floor((operations - 2) / 241) }, (_, i) => [`d${i}`, longest])
  const parameters = { x: { ...float, default: 1 }, y: { ...float, default: 1 } }
  return { parameters, derived: Object.fromEntries(derived) }
}

function importCsv(time: number): string {
  const names = Object.keys(configuration(0))
  const header = ['idempotencyKey', 'outcome', 'value', ...names.map((name) => `params.${name}`)].join(',')
  return lines(header, (i) =>
    [`c${time}-${i}`, 'complete', 1 + i / 1e4, ...Object.values(configuration(i))].join(','),
  )
}

function importJsonl(time: number): string {
  return lines('', (i) =>
    JSON.stringify({
      idempotencyKey: `j${time}-${i}`,
      params: configuration(i),
      outcome: 'complete',
      value: 1 + i / 1e4,
    }),
  )
}

/** As many lines as fit into a body, and as an import may have. */
function lines(header: string, lineOf: (i: number) => string): string {
  const all = header === '' ? [] : [header]
  let bytes = header.length
  for (let i = 0; i < STANDARD_LIMITS.importRows; i++) {
    const line = lineOf(i)
    bytes += line.length + 1
    if (bytes > MOST_BYTES) break
    all.push(line)
  }
  return all.join('\n')
}

function repeated<T>(value: T, bytesEach: number): T[] {
  return Array<T>(Math.floor(MOST_BYTES / (bytesEach + 1)) - 20).fill(value)
}

function members(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i % 10]))
}

function filled(before: string, value: string, after: string): string {
  const one = before + value + after
  return `[${Array<string>(Math.floor(MOST_BYTES / (one.length + 1)) - 1)
    .fill(one)
    .join(',')}]`
}
