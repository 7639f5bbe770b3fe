/**
 * Replays a study's log: settled trials, beliefs and refused answers, in the order in which they happened. A search that is rebuilt this way is,
 * bit for bit, the search that a server held.
 */
import type { Beliefs, Json } from '../../optimizers/contract.js'
import type { Params } from '../../search-spaces/index.js'
import { rememberTrial } from '../advisors/advisor-history.js'
import { advisorSource } from '../domain/advisor.js'
import type { Outcome } from '../domain/enums.js'
import type { Foreseen } from '../domain/forecast.js'
import type { TrialProgram } from '../domain/program.js'
import type { Sql } from '../storage/database.js'
import { directionSign, type HeldStudy } from './held-study.js'
import { agentOf, ledgerWith, ledgerWithRefusal, offsetOf, saysNothingOfConstants } from './program-ledger.js'

/** How many events are read at a time. */
const REPLAY_PAGE = 2000

interface Missing {
  /** Configurations of trials from this number on are not known yet. */
  readonly number: number
  /** Events after this one, and up to that one, are not contained yet. */
  readonly seq: number
  readonly until: number
}

/** Brings a study up to event `until`: its known configurations, its search, and what its advisor remembers. */
export async function replayLog(sql: Sql, study: HeldStudy, { number, seq, until }: Missing): Promise<void> {
  await replayConfigurations(sql, study, number, seq)
  for (let after = seq, page = REPLAY_PAGE; page === REPLAY_PAGE; ) {
    const learned = await sql.query<ReplayedRow>(
      `select e.seq, case when e.kind = 'believed' then e.data->'beliefs' end as beliefs,
              t.number, t.params, t.params_key as key, t.proposal->>'source' as source, t.memo, t.state,
              t.failure, t.value, t.peak_memory_mb, t.foreseen, t.proposal->'program' as program,
              case when t.proposal->'program' is not null then t.message end as message,
              case when e.kind in ('advised', 'cancelled') then t.proposal->>'reason' end as reason,
              t.proposal->>'note' as note
         from events e join trials t using (study_id, number)
        where e.study_id = $1 and e.seq > $2 and e.seq <= $3
          and (e.kind in ('settled', 'believed') or ($4 and e.kind in ('advised', 'cancelled')
               and e.data->>'reason' is not null))
        order by e.seq limit ${REPLAY_PAGE}`,
      [study.id, after, until, study.ledger !== null],
    )
    for (const { beliefs, reason, note, ...row } of learned) {
      if (beliefs !== null) study.search.believe(beliefs)
      else if (reason !== null) observeRefusal(study, row.number, { reason, note })
      else observeTrial(study, row as ObservedTrial)
    }
    page = learned.length
    after = learned.at(-1)?.seq ?? after
  }
}

/** Trials from `number` on, and those before it that were decided or cancelled after event `seq`. */
async function replayConfigurations(sql: Sql, { id, known }: HeldStudy, from: number, seq: number) {
  const trials = await sql.query<{ number: number; key: string; cancelled: boolean }>(
    `select number, params_key as key, state = 'cancelled' as cancelled
       from trials where study_id = $1 and state <> 'proposing'
        and (number >= $2 or number in (
          select number from events where study_id = $1 and seq > $3 and kind in ('advised', 'cancelled')))`,
    [id, from, seq],
  )
  for (const { key, number, cancelled } of trials) {
    if (cancelled) known.remove(key, number)
    else known.add(key, number)
  }
}

/** A row of the log: beliefs that an advisor gave, an answer of an agent that was refused, or a trial that settled. */
interface ReplayedRow extends Omit<ObservedTrial, 'state'> {
  readonly beliefs: Beliefs | null
  readonly state: string
  /** Why an agent's answer was not used, where this is the event of it. */
  readonly reason: string | null
  readonly note: string | null
}

export interface ObservedTrial {
  readonly seq: number
  readonly number: number
  readonly params: Params
  readonly key: string
  readonly source: string
  readonly memo: Json | null
  readonly state: 'complete' | 'failed' | 'pruned'
  readonly failure: Exclude<Outcome, 'complete' | 'pruned'> | null
  readonly value: number | null
  readonly peak_memory_mb: number | null
  readonly foreseen: Foreseen | null
  readonly program: TrialProgram | null
  /** What is known of its failure, where it ran a program. */
  readonly message: string | null
}

/** Tells the ledger of programs that the agent's answer for a trial was not used: the same code live and in a replay. */
export function observeRefusal(
  study: HeldStudy,
  number: number,
  { reason, note }: { readonly reason?: string | null; readonly note?: string | null },
): void {
  const agent = agentOf(study.advisor)
  if (study.ledger === null || agent === null || !reason) return
  study.ledger = ledgerWithRefusal(study.ledger, agent, { number, reason, message: note ?? '' })
}

/** Tells the search and the advisor's memory of a settled trial: the same code for a live tell and for a replay. */
export function observeTrial(study: HeldStudy, row: Omit<ObservedTrial, 'seq'>): void {
  const sign = directionSign(study)
  const value = row.value === null ? undefined : sign * row.value
  const agent = agentOf(study.advisor)
  if (study.ledger !== null && agent !== null)
    study.ledger = ledgerWith(study.ledger, agent, study.spec.objective, { ...row, value: value ?? null })
  observeConstants(study, row, value)
  study.history = rememberTrial(
    study.history,
    rememberedTrial(row),
    study.advisor === null ? null : advisorSource(study.advisor),
    sign,
  )
  study.observations++
}

/** The search learns about parameters alone: the part of a value that is due to a program's structure is taken off. */
function observeConstants(
  study: HeldStudy,
  row: Omit<ObservedTrial, 'seq'>,
  measured: number | undefined,
): void {
  const { ledger } = study
  const sign = directionSign(study)
  if (ledger !== null && saysNothingOfConstants(ledger, row.program)) return
  const offset = ledger === null || row.program === null ? 0 : offsetOf(ledger, row.program)
  const value = measured === undefined ? undefined : measured - offset
  const { step, forecast } = row.foreseen ?? {}
  study.search.observe({
    number: row.number,
    params: row.params,
    ...(row.memo === null ? {} : { memo: row.memo }),
    ...(row.peak_memory_mb === null ? {} : { peakMemoryMb: row.peak_memory_mb }),
    result:
      row.failure !== null
        ? { outcome: row.failure }
        : row.state === 'pruned'
          ? {
              outcome: 'pruned',
              ...(value === undefined ? {} : { value }),
              ...(step === undefined ? {} : { step }),
              ...(forecast && { forecast: { mean: sign * forecast.mean - offset, sd: forecast.sd } }),
            }
          : { outcome: 'complete', value: value! },
  })
}

function rememberedTrial({
  number,
  params,
  key,
  source,
  state,
  failure,
  value,
  peak_memory_mb,
}: Omit<ObservedTrial, 'seq' | 'foreseen' | 'program' | 'message'>) {
  const outcome = state === 'failed' ? failure! : state
  return { number, params, key, source, outcome, value, peakMemoryMb: peak_memory_mb }
}
