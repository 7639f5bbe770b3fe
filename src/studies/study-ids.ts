/** A cache from study names to ids, so that hot routes do not query the database for them. */
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { readStudy } from './read-studies.js'

const MAX_ENTRIES = 10_000

interface StudyIdentity {
  readonly id: string
  readonly name: string
}

export class StudyIds {
  private readonly known = new Map<string, StudyIdentity>()

  constructor(private readonly database: Database) {}

  /** Calls `work` with the study. If that study no longer exists, it looks the name up again. */
  async remember<T>(nameOrId: string, work: (id: string, name: string) => Promise<T>): Promise<T> {
    const remembered = this.known.get(nameOrId)
    const { id, name } = remembered ?? (await this.find(nameOrId))
    try {
      return await work(id, name)
    } catch (error) {
      if (!remembered || !(error instanceof Fault) || !error.code.endsWith('_not_found')) throw error
      this.known.delete(nameOrId)
      const found = await this.find(nameOrId)
      if (found.id === id) throw error
      return work(found.id, found.name)
    }
  }

  private async find(nameOrId: string): Promise<StudyIdentity> {
    const { id, name } = await readStudy(this.database, nameOrId)
    if (this.known.size >= MAX_ENTRIES) this.known.clear()
    this.known.set(nameOrId, { id, name })
    return { id, name }
  }
}
