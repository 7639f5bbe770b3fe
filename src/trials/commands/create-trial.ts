/** Creates trials: each gets the study's next number, is counted, and its configuration is known from then on. */
import { createHash } from 'node:crypto'
import type { Proposed } from '../../../optimizers/search.js'
import { type Params, paramsKey } from '../../../search-spaces/index.js'
import { countProposal } from '../../domain/counters.js'
import type { TrialProgram } from '../../domain/program.js'
import type { HeldStudy, OpenTrial, Proposal } from '../../engine/held-study.js'
import { moveTrial } from '../../engine/move.js'
import type { CreatedTrial, TurnWrites } from '../../engine/writes.js'

export interface TrialDraft extends Omit<Proposal, 'duplicateOf'> {
  readonly params: Params
  readonly memo?: Proposed['memo']
}

/** A new trial that is ready to be leased: proposed, or queued by somebody. Its repaired configuration is what runs. */
export function createTrial(
  study: HeldStudy,
  writes: TurnWrites,
  command: 'propose' | 'enqueue',
  draft: TrialDraft,
): OpenTrial {
  const row = decidedRow(study, draft, 'ready')
  addTrial(study, writes, row, command)
  return openTrial(study, row, 'ready')
}

/** A new trial whose advisor is being asked. Until the answer comes, its configuration is the optimizer's own. */
export function createProposingTrial(
  study: HeldStudy,
  writes: TurnWrites,
  { params, memo = null, ...proposal }: TrialDraft,
  worker: string | null,
  reservedSeconds: number,
): OpenTrial {
  const row: CreatedTrial = {
    number: study.nextNumber++,
    state: 'proposing',
    params,
    params_key: configurationKey(params, proposal.program),
    proposal,
    memo,
    worker,
    reserved_seconds: reservedSeconds,
  }
  addTrial(study, writes, row, 'consult', { worker, requested: proposal.requested })
  const { counters } = study
  study.counters = { ...counters, reservedSeconds: counters.reservedSeconds + reservedSeconds }
  return openTrial(study, row, 'proposing')
}

/** A new trial that has ended already, elsewhere. It costs no budget, so it is not counted as budgeted. */
export function createEndedTrial(
  study: HeldStudy,
  writes: TurnWrites,
  draft: TrialDraft,
  state: 'complete' | 'failed' | 'pruned',
  importKey?: string,
): OpenTrial {
  const row = {
    ...decidedRow(study, draft, state),
    ...(importKey !== undefined && { import_key: importKey }),
  }
  writes.created.push(row)
  const { counters } = study
  study.counters = {
    ...counters,
    imported: counters.imported + 1,
    preflightRefusals: counters.preflightRefusals + row.proposal.refused,
  }
  return asOpenTrial(row, 'ready')
}

/** The row of a new trial whose configuration is decided: numbered, counted, and known from now on. */
function decidedRow<State extends CreatedTrial['state']>(
  study: HeldStudy,
  { params, memo = null, ...given }: TrialDraft,
  state: State,
) {
  const number = study.nextNumber++
  const key = configurationKey(params, given.program)
  const proposal = rememberConfiguration(study, number, key, given)
  countDecided(study, proposal)
  return { number, state, params, params_key: key, proposal, memo }
}

function addTrial(
  study: HeldStudy,
  writes: TurnWrites,
  row: CreatedTrial,
  command: 'propose' | 'enqueue' | 'consult',
  data?: object,
): void {
  writes.created.push(row)
  moveTrial(study, writes, { number: row.number, command, from: 'none', to: row.state, data })
  const { counters } = study
  study.counters = {
    ...counters,
    budgeted: counters.budgeted + 1,
    preflightRefusals: counters.preflightRefusals + row.proposal.refused,
  }
}

function openTrial(study: HeldStudy, row: CreatedTrial, state: 'proposing' | 'ready'): OpenTrial {
  const trial = asOpenTrial(row, state)
  study.open.set(row.number, trial)
  return trial
}

function asOpenTrial(row: CreatedTrial, state: 'proposing' | 'ready'): OpenTrial {
  return {
    number: row.number,
    params: row.params,
    memo: row.memo,
    source: row.proposal.source,
    state,
    proposal: state === 'proposing' ? row.proposal : null,
    attempt: 0,
    worker: row.worker ?? null,
    token: null,
    reservedSeconds: row.reserved_seconds ?? 0,
    program: row.proposal.program ?? null,
  }
}

/** Notes that a trial has this configuration, and says which trial had it first. */
export function rememberConfiguration<P extends object>(
  study: HeldStudy,
  number: number,
  key: string,
  proposal: P,
): P & { readonly duplicateOf?: number } {
  const first = study.known.get(key)
  study.known.add(key, number)
  return first === undefined ? proposal : { ...proposal, duplicateOf: first }
}

/** Counts a proposal once it is decided which configuration the trial runs. */
export function countDecided(study: HeldStudy, { source, duplicateOf, repairs }: Proposal): void {
  const counters = countProposal(study.counters, source)
  study.counters = {
    ...counters,
    duplicates: counters.duplicates + (duplicateOf === undefined ? 0 : 1),
    repaired: counters.repaired + (repairs.length > 0 ? 1 : 0),
  }
}

/** Equal configurations of the same program, where they run one, have equal keys. */
export function configurationKey(
  params: Params,
  program?: Pick<TrialProgram, 'hash' | 'own'> | null,
): string {
  const digest = createHash('sha1').update(paramsKey(params))
  if (program) digest.update(`\0${program.hash}\0${program.own}`)
  return digest.digest('base64').slice(0, 20)
}
