/**
 * Workers that ask, heartbeat, tell, retry without an answer, and sometimes die. Each records everything that the service
 * acknowledged, to be compared with the stored state.
 */
import { setTimeout } from 'node:timers/promises'

export interface Acknowledged {
  readonly number: number
  readonly token: string
  readonly outcome: string
  readonly value?: number
}

export interface Diary {
  /** Tells that were answered 200. */
  readonly acknowledged: Acknowledged[]
  /** Every lease that was given: token by trial. */
  readonly leases: Map<number, Set<string>>
  readonly refused: Map<string, number>
  /** Answers that no worker should ever get. */
  readonly unexpected: string[]
}

export function newDiary(): Diary {
  return { acknowledged: [], leases: new Map(), refused: new Map(), unexpected: [] }
}

/** Stands for the answer that a stopped worker no longer waits for. */
const STOPPED = { status: 0, body: {} }

interface Given {
  readonly number: number
  readonly lease: { readonly token: string }
}

/**
 * Works on one slot until the study is finished, or `stop` says so. `chance` decides its fate, `urls` are the servers it
 * knows.
 */
export async function work(
  urls: readonly string[],
  study: string,
  slot: number,
  chance: () => number,
  diary: Diary,
  stop: AbortSignal,
): Promise<void> {
  for (let life = 0; ; life++) {
    const worker = `worker-${slot}.${life}`
    const fate = await live(worker)
    if (fate === 'finished' || stop.aborted) return
  }

  async function live(worker: string): Promise<'finished' | 'died'> {
    for (;;) {
      const { status, body } = await send('ask', { worker })
      if (stop.aborted) return 'finished'
      if (status !== 200) {
        diary.unexpected.push(`ask: ${status} ${JSON.stringify(body)}`)
        return 'finished'
      }
      const { trials, reason } = body as { trials: Given[]; reason?: { code: string } }
      if (trials.length === 0 && reason?.code === 'finished') return 'finished'
      if (trials.length === 0) await setTimeout(50)
      for (const trial of trials) {
        note(trial)
        if (chance() < 0.03) return 'died' // its lease runs out, another gets the trial
        await train(trial)
      }
    }
  }

  function note({ number, lease }: Given): void {
    const tokens = diary.leases.get(number) ?? new Set()
    diary.leases.set(number, tokens.add(lease.token))
  }

  async function train({ number, lease: { token } }: Given): Promise<void> {
    await setTimeout(chance() * 60)
    if (chance() < 0.5) await send(`trials/${number}/heartbeat`, { token })
    if (chance() < 0.02) await setTimeout(2500) // a hiccup, longer than its lease: the tell will be late
    const told =
      chance() < 0.15 ? { outcome: 'oom' } : { outcome: 'complete', value: Math.round(chance() * 1e6) / 1e6 }
    const { status, body } = await send(`trials/${number}/tell`, { token, ...told, trainSeconds: 1 })
    if (status === STOPPED.status) return
    const code = (body as { code?: string }).code
    if (status === 200) diary.acknowledged.push({ number, token, ...told })
    else if (status === 409 && code === 'lease_lost') diary.refused.set(token, number)
    else diary.unexpected.push(`tell ${number}: ${status} ${JSON.stringify(body)}`)
  }

  /** Until somebody answers: a request may be tried again as often as it takes. */
  async function send(path: string, body: unknown): Promise<{ status: number; body: unknown }> {
    while (!stop.aborted) {
      const url = urls[Math.floor(chance() * urls.length)]!
      try {
        const response = await fetch(`${url}/studies/${study}/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(10_000),
        })
        const answer = await response.json()
        if (response.status !== 503) return { status: response.status, body: answer }
      } catch {
        // nobody there, or cut off in the middle: whether it was stored is found out by asking again
      }
      await setTimeout(30 + chance() * 100)
    }
    return STOPPED
  }
}
