import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openapiDocument } from '../../src/cli/openapi.js'
import { FAULTS } from '../../src/faults.js'
import { fromRoot } from '../../src/root.js'
import { databases } from '../postgres.js'
import { expectValid } from './answers.js'
import { type Body, useService } from './service.js'

const committed = readFileSync(fromRoot('openapi/openapi.json'), 'utf8')
const document = JSON.parse(committed)

const operations = Object.values(document.paths as Record<string, Record<string, Body>>).flatMap(
  Object.values,
)

describe('the OpenAPI document', () => {
  it('is what the routes say: npx chiron openapi > openapi/openapi.json', async () => {
    expect(committed).toBe(await openapiDocument())
  })

  it('is what the types of the page are made from: node openapi/types.mjs', () => {
    const print = [fromRoot('openapi/types.mjs'), '--print']
    expect(readFileSync(fromRoot('web/data/api-schemas.d.ts'), 'utf8')).toBe(
      execFileSync(process.execPath, print, { encoding: 'utf8', maxBuffer: 1e8 }),
    )
  })

  it('describes every route, with a summary and with what may go wrong', () => {
    expect(operations.length).toBeGreaterThanOrEqual(25)
    for (const { summary, tags, responses } of operations) {
      expect(summary).toBeTypeOf('string')
      expect(tags).toHaveLength(1)
      expect(Object.keys(responses)[0]).toMatch(/^20/)
    }
  })

  it('names every operation once, as a function is named', () => {
    const names = operations.map(({ operationId }) => operationId)
    for (const name of names) expect(name).toMatch(/^[a-z]+([A-Z][a-z]+)*$/)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(['createStudy', 'ask', 'tell', 'report', 'heartbeat']))
  })

  it('names every schema once, and has none that no route uses', () => {
    const names = Object.keys(document.components.schemas)
    expect(names.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name) || name.endsWith('Input'))).toEqual([])
    expect(names.filter((name) => !committed.includes(`"#/components/schemas/${name}"`))).toEqual([])
  })

  it('says for each status of an error which codes it has', () => {
    const errors = operations.flatMap(({ responses }) =>
      Object.entries(responses as Record<string, Body>).filter(([status]) => Number(status) >= 400),
    )
    for (const [status, { description, content }] of errors) {
      const codes = Object.entries(FAULTS).filter(([, fault]) => fault.status === Number(status))
      for (const [code] of codes) expect(description).toContain(`\`${code}\``)
      expect(Object.keys(content)).toEqual(['application/problem+json'])
    }
  })

  it('has examples that are valid', () => {
    const schemas: Record<string, Body> = document.components.schemas
    for (const [name, { examples = [] }] of Object.entries(schemas))
      for (const example of examples as unknown[]) expectValid(name, example)
    for (const name of ['Study', 'Asked', 'Trial', 'Decision', 'Problem'])
      expect(schemas[name].examples, name).toHaveLength(1)
  })
})

const [engine] = databases()

describe('the documentation', () => {
  const service = useService(engine!)

  it('is served, with the document as it is committed', async () => {
    const served = await service.running.app.inject('/openapi.json')
    expect(served.json()).toEqual(document)
    const page = await service.running.app.inject('/docs/')
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.body).toContain('swagger')
  })

  it('has examples that run as they stand', async () => {
    const example = (path: string, method: string) => {
      const { requestBody } = document.paths[path][method]
      const { schema } = requestBody.content['application/json']
      const resolved = schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema
      expect(resolved.examples, `${method} ${path}`).toHaveLength(1)
      return resolved.examples[0]
    }
    const at = (path: string, number: number) =>
      path.replace('{study}', 'example').replace('{number}', String(number))
    const study = example('/studies', 'post')
    expect((await service.post('/studies', study)).status).toBe(201)
    const ask = '/studies/{study}/ask'
    const { body } = await service.post(at(ask, 0), example(ask, 'post'))
    const [{ number, lease }] = body.trials
    for (const action of ['heartbeat', 'report', 'tell']) {
      const path = `/studies/{study}/trials/{number}/${action}`
      const filledIn = { ...example(path, 'post'), token: lease.token }
      expect((await service.post(at(path, number), filledIn)).status, action).toBe(200)
    }
    const enqueue = '/studies/{study}/trials'
    const queued = await service.post(at(enqueue, 0), example(enqueue, 'post'))
    expect(queued.status).toBe(201)
    expect(
      (await service.post(at('/studies/{study}/trials/{number}/cancel', queued.body.number))).status,
    ).toBe(200)
    expect((await service.patch('/studies/example', example('/studies/{study}', 'patch'))).status).toBe(200)
  })
})
