/** A cache from study names to ids, so that hot routes do not query the database for them. */
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { readStudy } from './read-studies.js'

const MAX_ENTRIES = 10_000

export class StudyIds {
  private readonly ids = new Map<string, string>()

  constructor(private readonly database: Database) {}

  /** Calls `work` with the study's id. If that study no longer exists, it looks the name up again. */
  async remember<T>(nameOrId: string, work: (id: string) => Promise<T>): Promise<T> {
    const remembered = this.ids.get(nameOrId)
    if (remembered === undefined) return work(await this.find(nameOrId))
    try {
      return await work(remembered)
    } catch (error) {
      if (!(error instanceof Fault) || !error.code.endsWith('_not_found')) throw error
      this.ids.delete(nameOrId)
      const found = await this.find(nameOrId)
      if (found === remembered) throw error
      return work(found)
    }
  }

  private async find(nameOrId: string): Promise<string> {
    const { id } = await readStudy(this.database, nameOrId)
    if (this.ids.size >= MAX_ENTRIES) this.ids.clear()
    this.ids.set(nameOrId, id)
    return id
  }
}
