/** Makes the plan of an experiment from what was asked for: every default filled in, every arm checked as a study. */
import { isDeepStrictEqual } from 'node:util'
import { promptsOf } from '../advisors/llm/prompt.js'
import { agentPromptsOf } from '../agents/prompt.js'
import { baselineProgram } from '../dispatch/programs/baseline-program.js'
import { taskNamed } from '../dispatch/programs/task-site.js'
import { decodeMethod } from '../domain/decode-spec.js'
import type {
  Ablation,
  ArmRequest,
  ArmStudy,
  Contrast,
  ExperimentArm,
  ExperimentPlan,
  ExperimentRequest,
  Hypothesis,
  Template,
  Trend,
} from '../domain/experiment.js'
import type { StudySpec } from '../domain/spec.js'
import { Fault, type FaultAt } from '../faults.js'
import { checkStudy, checkTrainer, type StudySite } from '../studies/create-study.js'
import { ALONE, ablationArms } from './ablation.js'
import { cellName, endpointName } from './cell-names.js'
import { whatPlanCanShow } from './what-plan-can-show.js'

type Site = Omit<StudySite, 'database'>

export async function planExperiment(site: Site, request: ExperimentRequest): Promise<ExperimentPlan> {
  const { endpoint, alpha, test, alternative, gpuDollarsPerHour } = request
  const declared = armsOf(request)
  const seeds = seedsOf(request.seeds)
  const looks = request.looks ?? [seeds.length]
  refuse([
    ...duplicatesAt(
      'arms',
      'name',
      declared.arms.map(({ name }) => name),
    ),
    ...duplicatesAt('seeds', null, seeds),
    ...baselineFaults(declared),
    ...contrastFaults(declared),
    ...lookFaults(looks, seeds.length),
    ...hypothesisFaults(request.hypotheses ?? [], declared.arms),
    ...nameFaults(request.name, declared.arms, seeds),
  ])
  const arms = await planArms(site, request, declared.arms)
  refuse(agentFaults(request.hypotheses ?? [], arms))
  const { baseline, trends } = declared
  const contrasts = declared.contrasts ?? againstBaseline(baseline!, arms)
  return {
    study: request.study,
    arms,
    seeds,
    baseline,
    contrasts,
    endpoint,
    looks,
    alpha,
    test,
    alternative,
    trends,
    ...(request.hypotheses && { hypotheses: request.hypotheses }),
    ...(gpuDollarsPerHour !== undefined && { gpuDollarsPerHour }),
    outlook: whatPlanCanShow({ seeds, contrasts, looks, alpha, test, alternative }),
    additions: [],
  }
}

/** Checks each arm as the study that its cells will be. */
export async function planArms(
  site: Site,
  { name, study, endpoint }: Pick<ExperimentRequest, 'name' | 'study' | 'endpoint'>,
  arms: readonly ArmRequest[],
): Promise<ExperimentArm[]> {
  const planned: ExperimentArm[] = []
  for (const [i, arm] of arms.entries()) {
    const merged = mergeArm(study, arm, `arms.${i}`)
    const spec = await withArmPaths(`arms.${i}`, arm, async () => {
      const checked = await checkStudy(site, { ...merged, name: cellName(name, arm.name, 0), seed: 0 })
      if (endpoint.of === 'recommended' && endpoint.trainer !== undefined)
        await asEndpoint(() => checkEndpoint(site, checked, endpoint.trainer!))
      return checked
    })
    const method = decodeMethod(spec)
    const { advisor, agent } = method
    planned.push({
      name: arm.name,
      ...(arm.description !== undefined && { description: arm.description }),
      study: { ...merged, method },
      method,
      ...(advisor?.kind === 'llm' && { prompts: promptsOf(advisor) }),
      ...(agent && {
        prompts: agentPromptsOf(agent),
        program: (await baselineProgram(taskNamed(site.trainers, spec.trainer))).hash,
      }),
    })
  }
  return planned
}

interface DeclaredArms {
  readonly arms: readonly ArmRequest[]
  readonly baseline: string | null
  readonly contrasts: readonly Contrast[] | undefined
  readonly trends: readonly Trend[]
}

function armsOf({ arms, ablation, baseline, contrasts }: ExperimentRequest): DeclaredArms {
  if ((arms === undefined) === (ablation === undefined))
    throw fault([{ path: 'arms', message: 'give either arms or an ablation' }])
  if (ablation !== undefined) return ablationOf(ablation, baseline, contrasts)
  return { arms: arms!, baseline: baseline ?? null, contrasts, trends: [] }
}

function ablationOf(ablation: Ablation, baseline?: string, contrasts?: readonly Contrast[]): DeclaredArms {
  const made = ablationArms(ablation)
  const against = baseline ?? ALONE
  const own = against === ALONE ? made.contrasts : undefined
  return { arms: made.arms, baseline: against, contrasts: contrasts ?? own, trends: made.trends }
}

/** A number n stands for the seeds 1 to n. */
export function seedsOf(seeds: number | readonly number[]): number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : [...seeds]
}

export function againstBaseline(baseline: string, arms: readonly { readonly name: string }[]): Contrast[] {
  return arms.filter(({ name }) => name !== baseline).map(({ name }) => ({ arm: name, baseline }))
}

/** The members of an arm replace those of the study. The pairs of an experiment are made by default. */
export function mergeArm(study: Template, arm: ArmRequest, path: string): ArmStudy {
  const { name: _, description: __, objective, ...own } = arm
  if (objective !== undefined && !isDeepStrictEqual(objective, study.objective))
    throw fault([
      {
        path: `${path}.objective`,
        message: 'differs from the objective of the study: arms with different objectives cannot be compared',
      },
    ])
  const merged = { paired: true, ...study, ...own }
  const { trials, trainSeconds, wallSeconds } = merged.budget
  if (trials === undefined && trainSeconds === undefined && wallSeconds === undefined)
    throw fault([
      {
        path: arm.budget === undefined ? 'study.budget' : `${path}.budget`,
        message: 'needs trials, trainSeconds or wallSeconds: a study without an end gives no result',
      },
    ])
  return merged
}

/** Faults of an arm's study are reported where they were written: in the arm, or in what all arms share. */
async function withArmPaths<T>(path: string, arm: ArmRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault) || error.extra.errors === undefined) throw error
    const errors = error.extra.errors.map((at) => ({ ...at, path: placeOf(path, arm, at.path) }))
    throw new Fault(error.code, textOf(errors), { errors })
  }
}

function placeOf(path: string, arm: ArmRequest, inner: string): string {
  if (inner.startsWith('endpoint')) return inner
  const [member] = inner.split('.') as [string]
  return member in arm ? `${path}.${inner}` : `study.${inner}`
}

async function checkEndpoint({ trainers }: Site, spec: StudySpec, name: string): Promise<void> {
  checkTrainer(trainers, spec, name)
  if (decodeMethod(spec).agent === undefined) return
  const [edited, again] = [taskNamed(trainers, spec.trainer), taskNamed(trainers, name)]
  if (edited.places.home === again.places.home && isDeepStrictEqual(edited.editable, again.editable)) return
  throw new Fault(
    'invalid_request',
    `the task ${name} has another source (${again.editable.join(', ')} of its folder) than ${edited.name}, so a program that an agent kept there cannot run on it`,
  )
}

/** What is wrong with the endpoint's trainer is wrong at this place of the plan. */
async function asEndpoint(check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const message = error.extra.errors?.[0]?.message ?? error.message
    throw fault([{ path: 'endpoint.trainer', message }])
  }
}

function baselineFaults({ arms, baseline, contrasts }: DeclaredArms): FaultAt[] {
  if (baseline === null) {
    if (contrasts !== undefined) return []
    return [{ path: 'baseline', message: 'name the arm that the others are compared with' }]
  }
  if (arms.some(({ name }) => name === baseline)) return []
  return [{ path: 'baseline', message: `is ${baseline}, which is none of the arms ${listOf(arms)}` }]
}

function hypothesisFaults(hypotheses: readonly Hypothesis[], arms: readonly ArmRequest[]): FaultAt[] {
  return hypotheses.flatMap(({ arm, baseline }, i) => {
    if (arm === baseline) return [{ path: `hypotheses.${i}`, message: 'compares an arm with itself' }]
    return [
      ...unknownArm(arms, `hypotheses.${i}.arm`, arm),
      ...unknownArm(arms, `hypotheses.${i}.baseline`, baseline),
    ]
  })
}

function unknownArm(arms: readonly ArmRequest[], path: string, name: string): FaultAt[] {
  if (arms.some((arm) => arm.name === name)) return []
  return [{ path, message: `there is no arm ${name}; there are ${arms.map((arm) => arm.name).join(', ')}` }]
}

/** Hypotheses are about agents, since nobody else edits programs. */
function agentFaults(hypotheses: readonly Hypothesis[], arms: readonly ExperimentArm[]): FaultAt[] {
  const agents = new Set(arms.filter(({ method }) => method.agent !== undefined).map(({ name }) => name))
  return hypotheses.flatMap(({ arm, baseline }, i) =>
    (
      [
        ['arm', arm],
        ['baseline', baseline],
      ] as const
    )
      .filter(([, name]) => !agents.has(name))
      .map(([member, name]) => ({
        path: `hypotheses.${i}.${member}`,
        message: `${name} has no agent, so it has no such figure`,
      })),
  )
}

function contrastFaults({ arms, contrasts = [] }: DeclaredArms): FaultAt[] {
  const known = new Set(arms.map(({ name }) => name))
  return contrasts.flatMap(({ arm, baseline }, i) => {
    const unknown = [['arm', arm] as const, ['baseline', baseline] as const].filter(
      ([, name]) => !known.has(name),
    )
    if (arm === baseline) return [{ path: `contrasts.${i}`, message: 'compares an arm with itself' }]
    return unknown.map(([member, name]) => ({
      path: `contrasts.${i}.${member}`,
      message: `is ${name}, which is none of the arms ${listOf(arms)}`,
    }))
  })
}

function lookFaults(looks: readonly number[], seeds: number): FaultAt[] {
  return looks.flatMap((look, i) => {
    const path = `looks.${i}`
    if (look > seeds) return [{ path, message: `is ${look}, but there are only ${seeds} seeds` }]
    if (i > 0 && look <= looks[i - 1]!) return [{ path, message: 'must be greater than the look before it' }]
    return []
  })
}

/** The longest name of a study is 100 characters. */
function nameFaults(experiment: string, arms: readonly ArmRequest[], seeds: readonly number[]): FaultAt[] {
  const seed = Math.max(...seeds)
  return arms.flatMap(({ name }, i) => {
    const { length } = endpointName(cellName(experiment, name, seed))
    if (length <= 100) return []
    return [
      {
        path: `arms.${i}.name`,
        message: `makes study names of ${length} characters, at most 100 are allowed`,
      },
    ]
  })
}

/** `known`: how many of the values were there before; places are counted after them. */
export function duplicatesAt(
  path: string,
  member: string | null,
  values: readonly (string | number)[],
  known = 0,
): FaultAt[] {
  return values.flatMap((value, i) => {
    const first = values.indexOf(value)
    if (first === i) return []
    const place = [path, i - known, ...(member ? [member] : [])].join('.')
    return [
      { path: place, message: `is ${value}, which is ${first < known ? 'there already' : 'given twice'}` },
    ]
  })
}

function listOf(arms: readonly { readonly name: string }[]): string {
  return arms.map(({ name }) => name).join(', ')
}

export function refuse(errors: readonly FaultAt[]): void {
  if (errors.length > 0) throw fault(errors)
}

function fault(errors: readonly FaultAt[]): Fault {
  return new Fault('invalid_request', textOf(errors), { errors })
}

function textOf(errors: readonly FaultAt[]): string {
  return errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
}
