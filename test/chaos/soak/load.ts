/**
 * The soak by load: workers ask and tell without a pause for so long, and the memory and the file descriptors of the
 * server are sampled. Studies end and others begin, so that nothing but what the service keeps for itself can grow; the
 * memory for held studies is limited (CHIRON_HELD_MB) to less than it would take otherwise.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type Client, client } from '../../../bench/service/client.js'
import { mean } from '../../../src/statistics/describe.js'
import type { Plan } from '../plans.js'
import { openWorld } from '../world.js'

const WORKERS = 16
const SAMPLE_MS = 10_000
const HELD_MB = '64'
/** The methods of the studies that run beside each other, and the trials of each. */
const STUDIES = [
  { method: 'random', trials: 5000 },
  { method: 'tpe', trials: 2000 },
  { method: 'cma-es', trials: 2000 },
  { method: 'gp', trials: 60 },
]
/** The first part of the time is the warm-up; the last part is compared with the one after it. */
const WARM_UP = 1 / 4
const COMPARED = 1 / 6
/** How often somebody reads everything meanwhile: summary, a page, an export, the figures. */
const READ_MS = 5000

export interface Sample {
  readonly minute: number
  readonly pairs: number
  readonly rssMb: number
  readonly heapMb: number
  readonly externalMb: number
  readonly heldMb: number
  readonly descriptors: number
}

export interface LoadSoak {
  readonly engine: Plan['engine']
  readonly minutes: number
  readonly pairs: number
  readonly studies: number
  readonly samples: readonly Sample[]
  /** Means after the warm-up and at the end. */
  readonly after: Omit<Sample, 'minute' | 'pairs'>
  readonly end: Omit<Sample, 'minute' | 'pairs'>
  readonly failures: readonly string[]
}

export async function soakByLoad(
  engine: Plan['engine'],
  minutes: number,
  shared: string | undefined,
): Promise<LoadSoak> {
  const plan = { engine, servers: 1, hasDisk: false, hasClock: false }
  const { scene, close } = await openWorld(plan, 0, WORKERS, shared, { CHIRON_HELD_MB: HELD_MB })
  const server = scene.servers[0]!
  const http = client(server.url, WORKERS + 1)
  const load = new Load(http)
  const samples: Sample[] = []
  const began = Date.now()
  const isOver = () => Date.now() - began > minutes * 60_000
  try {
    const workers = Array.from({ length: WORKERS }, (_, n) => load.work(n, isOver))
    const reader = load.read(isOver)
    while (!isOver()) {
      await setTimeout(SAMPLE_MS)
      const sample = {
        minute: (Date.now() - began) / 60_000,
        pairs: load.pairs,
        ...(await sizesOf(server.pid, http)),
      }
      samples.push(sample)
      if (samples.length % 6 === 0) console.log(`${engine}: ${JSON.stringify(sample)}`)
    }
    await Promise.all([...workers, reader])
  } finally {
    http.close()
    await close()
  }
  const part = (from: number, to: number) =>
    meansOf(samples.filter(({ minute }) => minute >= from * minutes && minute <= to * minutes + 1))
  const { pairs, studies, failures } = load
  const parts = { after: part(WARM_UP, WARM_UP + COMPARED), end: part(1 - COMPARED, 1) }
  return { engine, minutes, pairs, studies, samples, failures: [...failures, ...server.exits], ...parts }
}

class Load {
  pairs = 0
  studies = 0
  readonly failures: string[] = []
  private readonly current = new Map<string, Promise<string>>()

  constructor(private readonly http: Client) {}

  async work(n: number, isOver: () => boolean): Promise<void> {
    const kind = STUDIES[n % STUDIES.length]!
    while (!isOver()) {
      const study = await this.studyOf(kind)
      await this.pair(study, kind, `w${n}`).catch((error: Error) => this.failures.push(error.message))
    }
  }

  async read(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await setTimeout(READ_MS)
      for (const study of await Promise.all(this.current.values())) {
        await Promise.all(
          ['summary', 'trials?limit=1000', 'export', 'events?after=0'].map((path) =>
            this.look(`/studies/${study}/${path}`),
          ),
        )
      }
    }
  }

  /** Event streams do not end, so they are left after a moment. */
  private async look(path: string): Promise<void> {
    if (path.includes('events')) {
      const leave = AbortSignal.timeout(500)
      await fetch(this.http.base + path, { signal: leave })
        .then((answer) => answer.text())
        .catch(() => {})
    } else await this.http.text(path).catch((error: Error) => this.failures.push(error.message))
  }

  private studyOf(kind: (typeof STUDIES)[number]): Promise<string> {
    const there = this.current.get(kind.method)
    if (there !== undefined) return there
    const made = this.newStudy(kind)
    this.current.set(kind.method, made)
    return made
  }

  private async newStudy({ method, trials }: (typeof STUDIES)[number]): Promise<string> {
    const name = `${method}-${this.studies++}`
    await this.http.post('/studies', { name, space: 'autoresearch-14', method, budget: { trials } })
    return name
  }

  private async pair(study: string, { method }: (typeof STUDIES)[number], worker: string): Promise<void> {
    const { trials, reason } = await this.http.post<Asked>(`/studies/${study}/ask`, { worker })
    if (reason?.code === 'finished') {
      if ((await this.current.get(method)) === study) this.current.delete(method)
      return
    }
    for (const { number, lease } of trials) {
      const told = {
        token: lease.token,
        outcome: 'complete',
        value: 1 + Math.sin(number) / 10,
        trainSeconds: 1,
      }
      await this.http.post(`/studies/${study}/trials/${number}/tell`, told)
      this.pairs++
    }
    if (trials.length === 0) await setTimeout(20)
  }
}

interface Asked {
  readonly trials: readonly { readonly number: number; readonly lease: { readonly token: string } }[]
  readonly reason?: { readonly code: string }
}

async function sizesOf(pid: number, http: Client): Promise<Omit<Sample, 'minute' | 'pairs'>> {
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]
  const descriptors = readdirSync(`/proc/${pid}/fd`).length
  const figures = await http.text('/metrics')
  const mb = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(figures)![1]) / 2 ** 20
  return {
    rssMb: Number(rss) / 1024,
    heapMb: mb('nodejs_heap_size_used_bytes'),
    externalMb: mb('nodejs_external_memory_bytes'),
    heldMb: mb('chiron_held_bytes'),
    descriptors,
  }
}

function meansOf(samples: readonly Sample[]): Omit<Sample, 'minute' | 'pairs'> {
  const of = (size: (sample: Sample) => number) => mean(samples.map(size))
  return {
    rssMb: of(({ rssMb }) => rssMb),
    heapMb: of(({ heapMb }) => heapMb),
    externalMb: of(({ externalMb }) => externalMb),
    heldMb: of(({ heldMb }) => heldMb),
    descriptors: of(({ descriptors }) => descriptors),
  }
}
