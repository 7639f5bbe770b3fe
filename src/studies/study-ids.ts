/** Which study a name or an id means, remembered: the hot routes should not ask the database for it each time. */

import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { readStudy } from './read-studies.js'

const REMEMBERED = 10_000

export class StudyIds {
  private readonly ids = new Map<string, string>()

  constructor(private readonly database: Database) {}

  /** Does the work on the study's id; looks the name up again where the study it meant is gone. */
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
    if (this.ids.size >= REMEMBERED) this.ids.clear()
    this.ids.set(nameOrId, id)
    return id
  }
}
