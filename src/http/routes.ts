/** The dependencies that every route file receives. */
import type { Providers } from '../advisors/llm/providers.js'
import type { Trainers } from '../dispatch/profiles/profiles.js'
import type { SpecRequest } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import type { StudyNotifier } from '../engine/study-notifier.js'
import type { StudyQueues } from '../engine/study-queue.js'
import type { Limits } from '../limits.js'
import type { Database } from '../storage/database.js'
import type { StudyIds } from '../studies/study-ids.js'
import type { StudyModels } from '../studies/study-models.js'
import type { App } from './instance.js'
import type { Metrics } from './metrics.js'

export interface Service {
  readonly database: Database
  readonly queues: StudyQueues
  readonly studyIds: StudyIds
  readonly notifier: StudyNotifier
  readonly metrics: Metrics
  readonly providers: Providers
  readonly trainers: Trainers
  readonly limits: Limits
  /** Where the folders of the trials are that this server has run. */
  readonly trialsFolder: string
  /** Where this machine keeps its own files, the canary runs of its devices among them. */
  readonly dataFolder: string
  readonly models: StudyModels
  readonly checkSpec: (given: SpecRequest) => Promise<StudySpec>
  /** Studies wait to be dispatched, or cells of an experiment to be moved: do it now rather than in a second. */
  readonly dispatch: () => void
  readonly wakeExperiments: () => void
}

export type Routes = (app: App, service: Service) => void
