/** The programs of a study as people ask for them: a list, one with its source, what changed, and how its agent works. */
import { type Behaviour, behaviourOf } from '../agents/behaviour.js'
import { countLines, patchKey, unifiedDiff } from '../agents/diff.js'
import type { AgentLedger, KnownProgram } from '../agents/ledger-types.js'
import { meanValue } from '../agents/program-values.js'
import { type CategoriesFrom, categoryOf, type ProgramPatch, recordOf } from '../agents/recorded.js'
import type { ProgramFiles, StoredProgram } from '../domain/program.js'
import { readCommand } from '../engine/read-command.js'
import type { StudyQueues } from '../engine/study-queue.js'
import { Fault } from '../faults.js'
import type { Database } from '../storage/database.js'
import { type EditCategory, editCategories, readTrialCosts } from './edit-categories.js'
import type { StudyRow } from './read-studies.js'

export interface ProgramView extends Omit<KnownProgram, 'runs'> {
  /** In the study's own direction; null of a program without a complete run. */
  readonly value: number | null
  readonly runs: KnownProgram['runs']
}

type Study = Pick<StudyRow, 'id' | 'name' | 'spec'>

export interface ProgramSite {
  readonly database: Database
  readonly queues: StudyQueues
}

/** In the order of their first trials. A study that only repeats a program of another has it without a status. */
export async function listPrograms(site: ProgramSite, study: Study): Promise<ProgramView[]> {
  const ledger = await ledgerOf(site, study)
  if (ledger !== null) return ledger.programs.map((program) => viewProgram(study, program))
  const stored = await site.database.query<StoredProgram>(
    'select hash, parent, normal, files, constants from programs where study_id = $1 order by created_at, hash',
    [study.id],
  )
  return stored.map(viewStored)
}

function viewProgram({ spec }: Study, program: KnownProgram): ProgramView {
  const sign = spec.objective.direction === 'maximize' ? -1 : 1
  const turned = (value: number | null) => (value === null ? null : sign * value)
  return {
    ...program,
    value: turned(meanValue(program)),
    runs: program.runs.map((run) => ({ ...run, value: turned(run.value) })),
  }
}

function viewStored({ hash, parent, normal, files, constants }: StoredProgram): ProgramView {
  return {
    ...{ hash, parent, normal, constants, number: 0, description: 'of another study', category: 'other' },
    ...{ model: null, linesChanged: 0, lines: countLines(files), status: 'pending', because: null },
    ...{ tail: null, value: null, runs: [] },
  }
}

function ledgerOf({ queues }: ProgramSite, { id }: Study): Promise<AgentLedger | null> {
  return queues.run(
    id,
    readCommand((study) => study.ledger),
  )
}

/** By its hash, or by the beginning of it where that is one program's alone. */
export async function findProgram(database: Database, study: Study, hash: string): Promise<StoredProgram> {
  const found = await database.query<StoredProgram>(
    `select hash, parent, normal, files, constants from programs
      where study_id = $1 and hash like $2 || '%' order by hash limit 2`,
    [study.id, hash],
  )
  if (found.length === 1) return found[0]!
  throw found.length === 0
    ? new Fault(
        'program_not_found',
        `${study.name} has no program ${hash}: GET /studies/${study.name}/programs lists them`,
      )
    : new Fault(
        'invalid_request',
        `Several programs of ${study.name} begin with ${hash}: give more of the hash`,
      )
}

/** From its parent, where no other program is named. The baseline differs from nothing. */
export async function diffOfProgram(
  database: Database,
  study: Study,
  to: string,
  from: string | undefined,
): Promise<{ readonly from: string | null; readonly to: string; readonly diff: string }> {
  const program = await findProgram(database, study, to)
  const base = from ?? program.parent
  if (base === null) return { from: null, to: program.hash, diff: unifiedDiff({}, program.files) }
  const other = await findProgram(database, study, base)
  return { from: other.hash, to: program.hash, diff: unifiedDiff(other.files, program.files) }
}

export interface StudyBehaviour extends Behaviour {
  /** Who named the categories. */
  readonly by: CategoriesFrom
  readonly byCategory: readonly EditCategory[]
}

export async function readBehaviour(
  site: ProgramSite,
  study: Study,
  by: CategoriesFrom,
): Promise<StudyBehaviour> {
  const ledger = await ledgerOf(site, study)
  if (ledger === null)
    throw new Fault(
      'no_agent',
      `No agent edits programs in ${study.name}: a study whose method has an agent has this`,
    )
  const [stored, skipped, costs] = await Promise.all([
    site.database.query<{ hash: string; files: ProgramFiles }>(
      'select hash, files from programs where study_id = $1',
      [study.id],
    ),
    site.database.query<{ number: number }>(
      `select number from trials where study_id = $1 and proposal->>'requested' is not null
        and proposal->>'reason' is not null order by number`,
      [study.id],
    ),
    readTrialCosts(site.database, study.id),
  ])
  const files = new Map(stored.map((program) => [program.hash, program.files]))
  const question = {
    from: by,
    skipped: skipped.map(({ number }) => number),
    patchOf: (program: KnownProgram) => patchOf(files, program),
  }
  const byCategory = editCategories({
    programs: ledger.programs,
    categoryOf: (program) => categoryOf(program, question),
    skipped: question.skipped,
    costs,
    sign: study.spec.objective.direction === 'maximize' ? -1 : 1,
  })
  return { by, ...behaviourOf(recordOf(ledger, question)), byCategory }
}

function patchOf(
  files: ReadonlyMap<string, ProgramFiles>,
  { hash, parent }: KnownProgram,
): ProgramPatch | null {
  const [from, to] = [files.get(parent ?? ''), files.get(hash)]
  if (from === undefined || to === undefined) return null
  return { diff: unifiedDiff(from, to), key: patchKey(from, to) }
}
