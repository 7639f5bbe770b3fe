/**
 * What the sandbox and the scorer are worth: every cheat of cheats.ts as an edited program runs, and without the sandbox;
 * and what they cost: the time of honest programs.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localEngine } from '../../src/dispatch/engines/local.js'
import { concludeJob } from '../../src/dispatch/jobs/conclude.js'
import { prepareTrainer } from '../../src/dispatch/profiles/prepare.js'
import type { ProcessProfile } from '../../src/dispatch/profiles/process-profile.js'
import { findTrainers } from '../../src/dispatch/profiles/profiles.js'
import { baselineOf } from '../../src/dispatch/programs/baseline.js'
import { withRun } from '../../src/dispatch/programs/run-program.js'
import { whyNoSandbox } from '../../src/dispatch/sandbox/probe.js'
import type { ProgramFiles } from '../../src/domain/program.js'
import type { Bench, Measurement, Subject } from '../subject.js'
import { CHEATS, HONEST } from './cheats.js'
import { cheatTable, costTable } from './tables.js'
import type { Cost, TriedCheat } from './tried.js'
import { trustEnvironment } from './trust-task.js'
import { KEY, type Trial, tryEdit } from './try-edit.js'

/** The task whose cost is measured: those that train for seconds on the processor and have an evaluation of their own. */
const COSTED = 'gpt-cpu'
const REPETITIONS = 8

export const trust: Subject = {
  name: 'trust',
  about: 'cheats on the sandbox and the scorer, and what both cost an honest program',
  measure,
}

async function measure(bench: Bench): Promise<Measurement> {
  const lacks = await whyNoSandbox()
  if (lacks !== undefined) return { ...NOTHING, missing: [{ row: 'trust', because: lacks }] }
  const tried = await tryCheats(bench)
  const costs = await measureCosts(bench)
  return {
    ...NOTHING,
    tables: [cheatTable(tried), costTable(costs)],
    rows: tried.map(asRow),
    raw: { costs },
  }
}

const NOTHING = { tables: [], pictures: {}, versions: {}, missing: [], rows: [], raw: {} }

async function tryCheats(bench: Bench): Promise<TriedCheat[]> {
  process.env[KEY] = 'of the service'
  const python = await trustEnvironment()
  const base = { python, unconfined: false, baseline: Number.POSITIVE_INFINITY }
  const { value } = await tryEdit(HONEST[0]!, base)
  const mode = { ...base, baseline: value! }
  const tried: TriedCheat[] = []
  for (const cheat of [...HONEST, ...(bench.quick ? CHEATS.slice(0, 8) : CHEATS)]) {
    const confined = await tryEdit(cheat, mode)
    const unconfined = await tryEdit(cheat, { ...mode, unconfined: true })
    tried.push({ name: cheat.name, confined, unconfined })
    bench.say(`${cheat.name}: ${confined.outcome}, unconfined ${unconfined.outcome}`)
  }
  return tried
}

function asRow({ name, confined, unconfined }: TriedCheat): object {
  const short = ({ outcome, value, credited, reachedAim }: Trial) => ({
    outcome,
    value,
    credited,
    reachedAim,
  })
  return { name, confined: short(confined), unconfined: short(unconfined) }
}

/** The same program, evaluated as a plain trainer's; scored without a sandbox; and as an edited program runs. In turns. */
async function measureCosts(bench: Bench): Promise<Cost[]> {
  const profile = await costedProfile()
  const { files } = await baselineOf(profile)
  const { scorer: _, ...rest } = profile
  const ways: Record<Cost['how'], ProcessProfile> = {
    plain: { ...rest, unconfined: true },
    scored: { ...profile, unconfined: true },
    confined: profile,
  }
  const costs: Cost[] = []
  for (let repetition = 0; repetition < (bench.quick ? 1 : (bench.seeds ?? REPETITIONS)); repetition++)
    for (const [how, way] of Object.entries(ways) as [Cost['how'], ProcessProfile][]) {
      costs.push({ task: COSTED, how, repetition, ...(await measureRun(way, files, repetition)) })
      bench.say(`${COSTED} ${how}: ${costs.at(-1)!.processorSeconds.toFixed(1)} s of the processor`)
    }
  return costs
}

async function measureRun(
  profile: ProcessProfile,
  files: ProgramFiles,
  seed: number,
): Promise<Pick<Cost, 'seconds' | 'processorSeconds'>> {
  const began = performance.now()
  return withRun(profile, files, { seed }, async ({ folder, trial, exit }) => {
    const told = await concludeJob(folder, trial, localEngine([]), exit, undefined)
    if (told?.outcome !== 'complete') throw new Error(`${COSTED} failed, ${told?.outcome}: ${told?.message}`)
    return {
      seconds: (performance.now() - began) / 1000,
      processorSeconds: exit.processorSeconds ?? Number.NaN,
    }
  })
}

async function costedProfile(): Promise<ProcessProfile> {
  const dataDir = join(tmpdir(), 'chiron-trust-data')
  const found = await findTrainers({ dataDir, gpus: [] })
  const profile = found.find(({ trainer }) => trainer.profile.name === COSTED)!.trainer
    .profile as ProcessProfile
  await prepareTrainer(profile, console.error)
  return profile
}
