import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { databases, type Engine } from '../postgres.js'
import { follow } from './event-stream.js'
import { TestService } from './service.js'

async function listening(engine: Engine): Promise<TestService> {
  const service = await new TestService(await engine.open()).start()
  await service.listen()
  return service
}

/** Closes the service, with a limit that a connection which is merely kept alive would overrun. */
async function closes(service: TestService): Promise<void> {
  const late = new AbortController()
  const limit = sleep(10_000, 'late', { signal: late.signal }).catch(() => {})
  expect(await Promise.race([service.running.close(), limit])).toBeUndefined()
  late.abort()
  await service.place.close()
}

describe.each(databases())('closing on $name', (engine) => {
  it('is not held up by a connection that is kept alive', async () => {
    const service = await listening(engine)
    const agent = new Agent({ keepAlive: true })
    expect((await get(`${service.url}/healthz`, agent)).statusCode).toBe(200)
    await closes(service)
    agent.destroy()
  })

  it('is not held up by a connection that was opened and not used yet', async () => {
    const service = await listening(engine)
    const arrived = once(service.running.app.server, 'connection')
    const { hostname, port } = new URL(service.url)
    const unused = connect(Number(port), hostname)
    await arrived
    await closes(service)
    unused.destroy()
  })

  it('answers an ask that waits', async () => {
    const service = await listening(engine)
    const name = await service.create()
    await service.patch(`/studies/${name}`, { state: 'paused' })
    const arrived = once(service.running.app.server, 'request')
    const waiting = fetch(`${service.url}/studies/${name}/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ worker: 'w', wait: 60 }),
    })
    await arrived
    await closes(service)
    expect(await (await waiting).json()).toMatchObject({ trials: [], reason: { code: 'paused' } })
  })

  it('finishes a request whose body is still arriving', async () => {
    const service = await listening(engine)
    const name = await service.create()
    const body = JSON.stringify({ worker: 'slow' })
    const asking = request(`${service.url}/studies/${name}/ask`, {
      method: 'POST',
      agent: new Agent({ keepAlive: true }),
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    })
    const arrived = once(service.running.app.server, 'request')
    const answered = once(asking, 'response') as Promise<[IncomingMessage]>
    asking.write(body.slice(0, 5))
    await arrived
    const closed = closes(service)
    await sleep(100)
    asking.end(body.slice(5))
    const [answer] = await answered
    expect(answer.statusCode).toBe(200)
    expect(JSON.parse(await text(answer)).trials).toHaveLength(1)
    await closed
  })

  it('ends event streams', async () => {
    const service = await listening(engine)
    const name = await service.create()
    const opened: Promise<unknown>[] = []
    const until = (url: string) => {
      let open = () => {}
      opened.push(new Promise<void>((resolve) => (open = resolve)))
      return follow(url, (seen) => {
        if (seen.length > 0) open()
        return false
      })
    }
    const [one, all] = [until(`${service.url}/studies/${name}/events`), until(`${service.url}/events`)]
    await Promise.all(opened)
    await closes(service)
    expect((await one).map((e) => e.event)).toEqual(['created'])
    expect((await all).map((e) => e.event)).toEqual(['created'])
  })

  it('refuses a new request with a retryable 503', async () => {
    const service = await listening(engine)
    const name = await service.create()
    const agent = new Agent({ keepAlive: true })
    await get(`${service.url}/healthz`, agent) // its connection is there before the door closes
    const slow = request(`${service.url}/studies/${name}/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 2 },
    })
    const arrived = once(service.running.app.server, 'request')
    slow.write('{')
    await arrived
    const closed = closes(service)
    await sleep(100)
    const refused = await get(`${service.url}/studies/${name}`, agent)
    expect(refused.statusCode).toBe(503)
    expect(refused.headers).toMatchObject({ 'retry-after': '1', connection: 'close' })
    expect(JSON.parse(await text(refused))).toMatchObject({ code: 'shutting_down', retryable: true })
    const answered = once(slow, 'response') as Promise<[IncomingMessage]>
    slow.end('}')
    expect((await answered)[0].statusCode).toBe(400)
    await closed
  })
})

async function get(url: string, agent: Agent): Promise<IncomingMessage> {
  const asking = request(url, { agent }).end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  if (answer.statusCode === 200) await text(answer)
  return answer
}

async function text(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
