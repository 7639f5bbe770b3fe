import { describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { loseLeases } from './leases.js'
import { TestService, useService } from './service.js'

describe.each(databases())('health and metrics on $name', (engine) => {
  const service = useService(engine)

  /** The samples of one family, by their labels. */
  const samples = async (family: string, only: string) => {
    const { status, headers, body } = await service.get('/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^text\/plain; version=0.0.4/)
    const lines = (body as string)
      .split('\n')
      .filter((line) => line.startsWith(`${family}{`) && line.includes(only))
    return Object.fromEntries(lines.map((line) => line.slice(family.length).split(' ')))
  }

  it('is alive, and ready where the database answers', async () => {
    expect((await service.get('/healthz')).body).toMatchObject({ status: 'ok', version: expect.any(String) })
    expect((await service.get('/readyz')).body).toEqual({ status: 'ready', database: engine.name })
  })

  it('count asks, leases and tells by study', async () => {
    const name = await service.create()
    await service.ask(name, 'w', 5)
    await service.run(name, 1)
    await service.tell(name, await service.askOne(name, 'w'), { outcome: 'oom' })
    const study = `study="${name}"`
    expect(await samples('chiron_asks_total', study)).toEqual({ [`{${study}}`]: '3' })
    expect(await samples('chiron_tells_total', study)).toEqual({
      [`{${study},outcome="complete"}`]: '1',
      [`{${study},outcome="oom"}`]: '1',
    })
    expect(Object.values(await samples('chiron_leases_total', study))).toHaveLength(1)
  })

  it('name a study by its name, however it was called', async () => {
    const name = await service.create()
    const id = await service.id(name)
    await service.run(id, 1)
    await service.run(name, 1)
    const study = `study="${name}"`
    expect(await samples('chiron_asks_total', study)).toEqual({ [`{${study}}`]: '2' })
    expect(await samples('chiron_leases_total', study)).toEqual({ [`{${study}}`]: '2' })
    expect(await samples('chiron_tells_total', study)).toEqual({ [`{${study},outcome="complete"}`]: '2' })
    expect((await service.get('/metrics')).body).not.toContain(id)
  })

  it('show how many studies are held in memory, and about how large they are', async () => {
    await service.run(await service.create(), 1)
    const { body } = await service.get('/metrics')
    expect(Number(/^chiron_held_studies (\d+)$/m.exec(body)![1])).toBeGreaterThan(0)
    expect(Number(/^chiron_held_bytes (\d+)$/m.exec(body)![1])).toBeGreaterThan(1000)
  })

  it('show the state of each study at the first scrape', async () => {
    const name = await service.create({ lease: { maxAttempts: 1 } })
    for (const outcome of ['oom', 'oom', 'timeout'])
      await service.tell(name, await service.askOne(name), { outcome })
    await service.run(name, -2.5)
    await service.askOne(name)
    await loseLeases(service, name)
    await service.restart()
    const study = `study="${name}"`
    const [trials, failures, lost, best] = await Promise.all(
      ['chiron_trials', 'chiron_failures', 'chiron_lost_attempts', 'chiron_best_value'].map((f) =>
        samples(f, study),
      ),
    )
    expect(failures).toEqual({
      [`{${study},kind="oom"}`]: '2',
      [`{${study},kind="timeout"}`]: '1',
      [`{${study},kind="lost"}`]: '1',
    })
    expect(trials).toMatchObject({ [`{${study},state="complete"}`]: '1', [`{${study},state="failed"}`]: '4' })
    expect(lost).toEqual({ [`{${study}}`]: '1' })
    expect(best).toEqual({ [`{${study}}`]: '-2.5' })
  })

  it('forget a study that is deleted', async () => {
    const name = await service.create()
    await service.run(name, 1)
    expect(Object.keys(await samples('chiron_trials', `study="${name}"`))).toHaveLength(7)
    await service.delete(`/studies/${name}`)
    expect(await samples('chiron_trials', `study="${name}"`)).toEqual({})
    expect(await samples('chiron_best_value', `study="${name}"`)).toEqual({})
    expect((await service.get('/metrics')).body, 'deleted studies do not add up').not.toContain(name)
  })

  it('time the answers by route, not by path', async () => {
    await service.get('/studies/some-study-that-is-not-there')
    const timed = await samples('chiron_http_request_seconds_count', 'route="/studies/:study"')
    expect(Object.keys(timed).some((labels) => labels.includes('status="404"'))).toBe(true)
    expect(await samples('chiron_http_request_seconds_count', 'some-study')).toEqual({})
  })
})

describe.each(databases().filter(({ name }) => name === 'postgres'))(
  'without its database on $name',
  (engine) => {
    it('is alive but not ready, and answers requests with a retryable error', async () => {
      const service = await new TestService(await engine.open()).start()
      const name = await service.create()
      await service.running.database.close()
      expect((await service.get('/healthz')).status).toBe(200)
      for (const url of [
        '/readyz',
        '/studies',
        `/studies/${name}`,
        `/studies/${name}/trials/0`,
        '/metrics',
      ]) {
        const { status, headers, body } = await service.get(url)
        expect(status, url).toBe(503)
        expect(body).toMatchObject({ code: 'database_unavailable', retryable: true })
        expect(headers['retry-after']).toBe('1')
      }
      const asked = await service.post(`/studies/${name}/ask`, { worker: 'w' })
      expect(asked).toMatchObject({ status: 503, body: { code: 'database_unavailable', retryable: true } })
      await service.place.close()
    })
  },
)
