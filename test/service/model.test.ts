/**
 * Model-based test: runs random commands on a study and on a small model of it. Allowed commands must have the model’s
 * result, others must be refused, and afterwards the tables, the counters, the log and the search must agree.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TRIAL_TRANSITIONS } from '../../src/domain/lifecycle.js'
import { expireLeases } from '../../src/trials/commands/expire-leases.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Leased, type TestService, useService } from './service.js'

const MAX_ATTEMPTS = 2
const WORKERS = 3

interface Modelled {
  readonly x: number
  state: 'ready' | 'running' | 'complete' | 'failed' | 'cancelled'
  lost: boolean
  worker: string
  token: string
  readonly lostTokens: string[]
  told?: { readonly token: string; readonly payload: Record<string, unknown> }
}

interface Model {
  paused: boolean
  readonly trials: Map<number, Modelled>
}

interface World {
  readonly service: TestService
  readonly study: string
  readonly model: Model
}

/** One thing that may happen: `pick` chooses among the trials it could happen to. */
type Deed = (world: World, pick: number, value: number) => Promise<void>

const deeds: Readonly<Record<string, Deed>> = {
  async ask({ service, study, model }, pick) {
    const worker = `w${pick % WORKERS}`
    const own = numbers(model, (t) => t.state === 'running' && t.worker === worker)
    const ready = numbers(model, (t) => t.state === 'ready')
    const [given] = await service.ask(study, worker)
    if (own.length > 0) expect(given?.number).toBe(own[0])
    else if (model.paused) expect(given).toBeUndefined()
    else if (ready.length > 0) expect(given?.number).toBe(ready[0])
    else expect(given?.number).toBe(model.trials.size)
    if (given !== undefined) lease(model, given, worker)
  },

  async tell(world, pick, value) {
    const number = choose(world.model, pick, (t) => t.state === 'running')
    if (number === undefined) return
    const trial = world.model.trials.get(number)!
    const payload = value < 0.2 ? { outcome: 'oom' } : { outcome: 'complete', value }
    await settle(world, number, trial.token, payload)
  },

  async tellAgain({ service, study, model }, pick) {
    const number = choose(model, pick, (t) => t.told !== undefined)
    if (number === undefined) return
    const { told } = model.trials.get(number)!
    const path = `/studies/${study}/trials/${number}/tell`
    expect((await service.post(path, { token: told!.token, ...told!.payload })).status).toBe(200)
    const other = await service.post(path, { token: told!.token, outcome: 'crashed' })
    expect(other).toMatchObject({ status: 409, body: { code: 'already_told' } })
  },

  async tellLate(world, pick, value) {
    const number = choose(world.model, pick, (t) => t.lostTokens.length > 0)
    if (number === undefined) return
    const trial = world.model.trials.get(number)!
    const [token] = trial.lostTokens as [string]
    const undecided = trial.state === 'ready' || trial.state === 'running' || trial.lost
    if (undecided) await settle(world, number, token, { outcome: 'complete', value })
    else if (trial.told?.token !== token) await refused(world, number, token)
  },

  async lose({ service, study, model }, pick) {
    const number = choose(model, pick, (t) => t.state === 'running')
    if (number === undefined) return
    const { database, queues } = service.running
    await database.query(
      `update trials set lease_expires_at = now() - interval '1 second'
        where number = $1 and study_id = (select id from studies where name = $2)`,
      [number, study],
    )
    await expireLeases(database, queues)
    const trial = model.trials.get(number)!
    trial.lostTokens.push(trial.token)
    trial.lost = trial.lostTokens.length >= MAX_ATTEMPTS
    trial.state = trial.lost ? 'failed' : 'ready'
  },

  async enqueue({ service, study, model }, _pick, value) {
    const [known] = numbers(model, (t) => t.x === value && t.state !== 'cancelled')
    const { status, body } = await service.post(`/studies/${study}/trials`, { params: { x: value } })
    expect(status).toBe(known === undefined ? 201 : 200)
    expect(body.number).toBe(known ?? model.trials.size)
    if (known !== undefined) return
    expect(body.state).toBe('ready')
    model.trials.set(body.number, modelled('ready', value))
  },

  async bringIn({ service, study, model }, _pick, value) {
    const told = { params: { x: value }, outcome: 'complete', value }
    const { status, body } = await service.post(`/studies/${study}/trials`, told)
    expect(status).toBe(201)
    expect(body).toMatchObject({ number: model.trials.size, state: 'complete' })
    model.trials.set(body.number, modelled('complete', value))
  },

  async cancel({ service, study, model }, pick) {
    const number = choose(model, pick, () => true)
    if (number === undefined) return
    const trial = model.trials.get(number)!
    const { status } = await service.post(`/studies/${study}/trials/${number}/cancel`)
    const may =
      trial.state === 'cancelled' ||
      TRIAL_TRANSITIONS.some(
        (row) => row.command === 'cancel' && (row.from as readonly string[]).includes(trial.state),
      )
    expect(status).toBe(may ? 200 : 409)
    if (may) trial.state = 'cancelled'
  },

  async pauseOrResume({ service, study, model }) {
    model.paused = !model.paused
    await service.patch(`/studies/${study}`, { state: model.paused ? 'paused' : 'active' })
  },
}

for (const engine of databases()) {
  describe(`a study's life on ${engine.name}`, () => {
    const service = useService(engine)

    test('follows the model under random commands', { timeout: 300_000 }, async () => {
      const deed = fc.tuple(
        fc.constantFrom(...Object.keys(deeds)),
        fc.nat(1000),
        fc.integer({ min: 0, max: 20 }),
      )
      const lives = fc.array(deed, { minLength: 20, maxLength: 60 })
      await fc.assert(
        fc.asyncProperty(lives, async (life) => {
          const study = await service.create({
            lease: { seconds: 600, maxAttempts: MAX_ATTEMPTS },
            method: 'cma-es',
          })
          const world: World = { service, study, model: { paused: false, trials: new Map() } }
          for (const [name, pick, tick] of life) await deeds[name]!(world, pick, tick / 20)
          await agree(world)
        }),
        { numRuns: 15 },
      )
    })
  })
}

async function agree({ service, study, model }: World): Promise<void> {
  const { body } = await service.get(`/studies/${study}/trials?limit=1000`)
  const stored = body.trials.map((t: { number: number; state: string }) => [t.number, t.state])
  expect(stored).toEqual([...model.trials].map(([number, { state }]) => [number, state]))
  expect(await unsound(service.running.database, study, service.running.queues)).toEqual([])
}

async function settle(
  { service, study, model }: World,
  number: number,
  token: string,
  payload: Record<string, unknown>,
) {
  const { status } = await service.post(`/studies/${study}/trials/${number}/tell`, { token, ...payload })
  expect(status).toBe(200)
  const trial = model.trials.get(number)!
  trial.state = payload.outcome === 'complete' ? 'complete' : 'failed'
  trial.lost = false
  trial.told = { token, payload }
}

async function refused({ service, study }: World, number: number, token: string): Promise<void> {
  const answer = await service.post(`/studies/${study}/trials/${number}/tell`, { token, outcome: 'crashed' })
  expect(answer).toMatchObject({ status: 409, body: { code: 'lease_lost' } })
}

function lease(model: Model, { number, params, lease }: Leased, worker: string): void {
  const trial = model.trials.get(number) ?? modelled('ready', params.x as number)
  model.trials.set(number, Object.assign(trial, { state: 'running', worker, token: lease.token }))
}

function modelled(state: Modelled['state'], x: number): Modelled {
  return { x, state, lost: false, worker: '', token: '', lostTokens: [] }
}

function numbers(model: Model, which: (trial: Modelled) => boolean): number[] {
  return [...model.trials].filter(([, trial]) => which(trial)).map(([number]) => number)
}

function choose(model: Model, pick: number, which: (trial: Modelled) => boolean): number | undefined {
  const among = numbers(model, which)
  return among[pick % among.length]
}
