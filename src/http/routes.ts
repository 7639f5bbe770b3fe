/** What the routes work with. */
import type { Providers } from '../advisors/llm/providers.js'
import type { Database } from '../db/database.js'
import type { Trainers } from '../dispatch/profiles.js'
import type { StudyIds } from '../studies/ids.js'
import type { Moved } from '../trials/moved.js'
import type { Turns } from '../trials/turn.js'
import type { App } from './instance.js'
import type { Metrics } from './metrics.js'

export interface Service {
  readonly database: Database
  readonly turns: Turns
  readonly studyIds: StudyIds
  readonly moved: Moved
  readonly metrics: Metrics
  readonly providers: Providers
  readonly trainers: Trainers
}

export type Routes = (app: App, service: Service) => void
