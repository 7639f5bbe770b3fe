/**
 * Finds studies that name a trainer, and keeps their slots full. Of several servers one has a study: it says so in the
 * study's row, by the database's clock, and says it again as long as it lives.
 */
import { randomUUID } from 'node:crypto'
import type { StudySpec } from '../model/spec.js'
import { type Site, work } from './crew.js'
import type { Profiles } from './profiles.js'

/** A server silent for so long has lost its studies to the others. */
const CLAIM_SECONDS = 15

interface Claimed {
  readonly id: string
  readonly spec: StudySpec
}

export class Dispatcher {
  private readonly me = randomUUID()
  private readonly crews = new Map<string, Promise<void>>()
  private readonly stopping = new AbortController()

  constructor(
    private readonly site: Site,
    private readonly profiles: Profiles,
  ) {}

  /** Claims what is unclaimed and keeps what it has: called every second or so. */
  async look(): Promise<void> {
    const claimed = await this.claim()
    for (const study of claimed) if (!this.crews.has(study.id)) this.begin(study)
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await Promise.all(this.crews.values())
    await this.site.database.query('update studies set dispatcher = null where dispatcher = $1::uuid', [
      this.me,
    ])
  }

  private claim(): Promise<Claimed[]> {
    return this.site.database.query<Claimed>(
      `update studies set dispatcher = $1::uuid, dispatcher_until = now() + make_interval(secs => $2::float8)
        where state = 'active' and trainer = any(string_to_array($3, ','))
          and (dispatcher is null or dispatcher = $1::uuid or dispatcher_until < now())
       returning id, spec`,
      [this.me, CLAIM_SECONDS, [...this.profiles.keys()].join(',')],
    )
  }

  private begin(study: Claimed): void {
    const profile = this.profiles.get(study.spec.trainer!)!
    const { signal } = this.stopping
    const crew = work(this.site, study, profile, signal)
      .catch((error) => {
        if (signal.aborted) return
        this.site.logger.error(
          { err: error, study: study.id },
          'a study came to a stop; it is taken up again',
        )
      })
      .finally(() => this.crews.delete(study.id))
    this.crews.set(study.id, crew)
  }
}
