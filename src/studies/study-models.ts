/**
 * A model of each study's trials, whatever proposed them, for people: which parameters matter, and what is expected where.
 * Answers are kept by the number of the event that last ended a trial, so that a study in which nothing ended is never
 * computed again.
 */
import {
  type Expectation,
  type Importances,
  SHOWN_FROM,
  type Surface,
} from '../../optimizers/importance/index.js'
import type { Parameter, Params, Space } from '../../search-spaces/index.js'
import type { Analyses } from '../compute/analyses.js'
import type { TrialsToFit } from '../compute/analysis.js'
import { decodeSpec } from '../domain/decode-spec.js'
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { readAdvised } from '../trials/queries/advised-trials.js'
import { readObserved } from '../trials/queries/observed-trials.js'
import { readTrial } from '../trials/queries/read-trials.js'
import type { StudyRow } from './read-studies.js'

interface Head {
  readonly study: string
  readonly seq: number
  readonly method: 'gp'
  /** `weak`: the model predicts too badly to say anything. */
  readonly status: 'shown' | 'weak' | 'too_few'
  /** Why nothing is shown, and what to do. */
  readonly reason?: string
  readonly trials: number
  readonly of: number
  readonly sampled: boolean
  readonly r2: number | null
}

export type StudyImportances = Head & Omit<Importances, 'r2'>

export type StudySurface = Head & Partial<Surface> & { readonly at?: Params; readonly number?: number }

export type StudyExpectations = Head & {
  readonly advised: readonly {
    readonly number: number
    readonly source: string
    readonly value: number | null
    readonly advice: Expectation
    readonly own: Expectation
  }[]
}

export interface SurfaceQuery {
  readonly x: string
  readonly y?: string
  readonly size: number
  readonly number?: number
}

/** What is known of one study at one event. Kept for the studies that somebody looks at. */
interface KnownModel {
  readonly seq: number
  readonly given: Promise<TrialsToFit & { readonly of: number }>
  importances?: Promise<StudyImportances>
}

const KEPT = 8
/** With fewer trials than this, or than two per parameter, even how well the model predicts is a matter of luck. */
const FEWEST = 20

export class StudyModels {
  private readonly known = new Map<string, KnownModel>()

  constructor(
    private readonly database: Database,
    private readonly analyses: Analyses,
  ) {}

  async importances(row: StudyRow): Promise<StudyImportances> {
    const model = await this.modelOf(row)
    model.importances ??= this.compute(row, model)
    // A fault is not kept: the next request computes again.
    model.importances.catch(() => this.known.delete(row.id))
    return model.importances
  }

  async surface(row: StudyRow, { x, y, size, number }: SurfaceQuery): Promise<StudySurface> {
    const { space } = decodeSpec(row.spec)
    for (const [path, name] of Object.entries({ x, y }))
      if (name !== undefined) requireSearched(space, path, name)
    if (x === y) refuse('y', 'is the same parameter as x: choose another, or leave it out')
    const at = number === undefined ? undefined : (await readTrial(this.database, row.id, number)).params
    const { total: _, local: __, recommended, ...head } = await this.importances(row)
    if (head.status !== 'shown') return head
    const given = await (await this.modelOf(row)).given
    const found = await this.analyses.surface(given, {
      x,
      size,
      ...(y !== undefined && { y }),
      ...(at && { at }),
    })
    const held = number ?? recommended?.number
    const mean = row.spec.objective.direction === 'maximize' ? found.mean.map((value) => -value) : found.mean
    return { ...head, ...found, mean, ...(held !== undefined && { number: held }) }
  }

  /** Of the latest advised trials: what the model of all trials now expects of the advice, and of the optimizer's own point. */
  async adviceExpectations(row: StudyRow): Promise<StudyExpectations> {
    const { total: _, local: __, recommended: ___, ...head } = await this.importances(row)
    if (head.status !== 'shown') return { ...head, advised: [] }
    const advised = await readAdvised(this.database, row.id)
    const given = await (await this.modelOf(row)).given
    const found = await this.analyses.expectations(
      given,
      advised.flatMap(({ params, own }) => [params, own]),
    )
    const sign = row.spec.objective.direction === 'maximize' ? -1 : 1
    const natural = ({ mean, sd }: Expectation) => ({ mean: sign * mean, sd })
    return {
      ...head,
      advised: advised.map(({ number, source, value }, i) => ({
        number,
        source,
        value,
        advice: natural(found[2 * i]!),
        own: natural(found[2 * i + 1]!),
      })),
    }
  }

  private async compute(row: StudyRow, { seq, given }: KnownModel): Promise<StudyImportances> {
    const fit = await given
    const head = { study: row.name, seq, method: 'gp' as const, trials: fit.trials.length, of: fit.of }
    const sampled = fit.trials.length < fit.of
    const fewest = Math.max(FEWEST, 2 * decodeSpec(row.spec).space.searched.length)
    if (fit.trials.length < fewest) {
      const reason = `${fit.trials.length} trials have given a value: a model of this space needs ${fewest}`
      return { ...head, sampled, status: 'too_few', reason, r2: null, total: {}, local: {} }
    }
    const found = await this.analyses.importances(fit)
    return { ...head, sampled, ...statusOf(found.r2), ...found }
  }

  private async modelOf(row: StudyRow): Promise<KnownModel> {
    const seq = await this.lastSettled(row.id)
    const known = this.known.get(row.id)
    const model = known?.seq === seq ? known : { seq, given: this.read(row, seq) }
    this.known.delete(row.id)
    this.known.set(row.id, model)
    for (const oldest of this.known.keys()) if (this.known.size > KEPT) this.known.delete(oldest)
    return model
  }

  private async read({ id, spec }: StudyRow, seq: number): Promise<TrialsToFit & { readonly of: number }> {
    const observed = await readObserved(this.database, id, spec.objective.direction === 'maximize' ? -1 : 1)
    return { key: `${id} ${seq}`, spec, ...observed }
  }

  /** The number of the event that last ended a trial; 0 before the first. */
  private async lastSettled(studyId: string): Promise<number> {
    const [event] = await this.database.query<{ seq: number }>(
      `select seq from events where study_id = $1 and kind = 'settled' order by seq desc limit 1`,
      [studyId],
    )
    return event?.seq ?? 0
  }
}

function statusOf(r2: number | null): Pick<Head, 'status' | 'reason'> {
  if (r2 === null)
    return {
      status: 'weak',
      reason: 'All trials gave the same value, so no parameter can be told from another',
    }
  if (r2 >= SHOWN_FROM) return { status: 'shown' }
  const explained = Math.max(0, Math.round(100 * r2))
  return {
    status: 'weak',
    reason: `The model explains ${explained} % of what trials give that it has not seen, and below ${100 * SHOWN_FROM} % nothing is shown: run more trials, or lower their noise`,
  }
}

function requireSearched(space: Space, path: string, name: string): Parameter {
  const found = space.searched.find((parameter) => parameter.name === name)
  const names = space.searched.map((parameter) => parameter.name).join(', ')
  return found ?? refuse(path, `there is no searched parameter ${JSON.stringify(name)}: choose from ${names}`)
}

function refuse(path: string, message: string): never {
  throw new Fault('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] })
}
