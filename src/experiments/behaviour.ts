/** How the agents of an experiment work, arm by arm: figures over seeds, and tests of the hypotheses that were declared about them. */
import { correlate, type Estimate } from '../agents/behaviour.js'
import type { CategoriesFrom } from '../agents/recorded.js'
import { BEHAVIOUR_FIGURES, type BehaviourFigure, type Hypothesis } from '../domain/experiment.js'
import { mean } from '../statistics/describe.js'
import { holm } from '../statistics/holm.js'
import { signedRank } from '../statistics/signed-rank.js'
import { meanInterval } from '../statistics/student-t.js'
import { type ProgramSite, readBehaviour, type StudyBehaviour } from '../studies/programs.js'
import { type ExperimentRow, readCells, readStudiesOf } from './read-experiments.js'

interface CellBehaviour {
  readonly arm: string
  readonly seed: number
  readonly edits: number
  /** Null where there is too little to have one. */
  readonly figures: Readonly<Record<BehaviourFigure, number | null>>
}

export interface ExperimentBehaviour {
  readonly by: CategoriesFrom
  readonly arms: readonly {
    readonly arm: string
    readonly cells: readonly CellBehaviour[]
    /** The mean over seeds. */
    readonly figures: Readonly<Record<BehaviourFigure, Estimate>>
  }[]
  /** Over the cells of all arms, with the best value, to be minimised. */
  readonly correlations: Readonly<Partial<Record<BehaviourFigure, Estimate>>>
  readonly hypotheses: readonly TestedHypothesis[]
}

export interface TestedHypothesis extends Hypothesis {
  readonly pairs: number
  readonly difference: number | null
  /** By the exact signed-rank test over the seeds that both arms have; null without a pair. */
  readonly p: number | null
  /** After Holm's correction over the hypotheses. */
  readonly adjusted: number | null
}

/** Of the cells that are finished: how somebody edits depends on how far a study has come. */
export async function readExperimentBehaviour(
  site: ProgramSite,
  { id, plan }: ExperimentRow,
  by: CategoriesFrom,
): Promise<ExperimentBehaviour> {
  const agents = new Set(plan.arms.filter(({ method }) => method.agent !== undefined).map(({ name }) => name))
  const cells = (await readCells(site.database, id)).filter(({ arm }) => agents.has(arm))
  const studies = await readStudiesOf(site.database, cells)
  const seen: CellBehaviour[] = []
  for (const { arm, seed, state, studyId } of cells) {
    const study = state !== 'finished' || studyId === null ? undefined : studies.get(studyId)
    if (study === undefined) continue
    const behaviour = await readBehaviour(site, study, by)
    seen.push({ arm, seed, edits: behaviour.n, figures: figuresOf(behaviour) })
  }
  const ran = seen.filter(({ edits }) => edits > 0)
  return {
    by,
    arms: [...agents].map((arm) => ({ arm, ...overSeeds(ran.filter((cell) => cell.arm === arm)) })),
    correlations: correlationsOf(ran),
    hypotheses: testAll(plan.hypotheses ?? [], ran),
  }
}

function figuresOf(found: StudyBehaviour): CellBehaviour['figures'] {
  return {
    success: found.success.value,
    keepRate: found.keepRate.value,
    crashRate: found.crashRate.value,
    skipRate: found.skipRate.value,
    breadth: found.breadth,
    entropy: found.entropyBits.value,
    pivots: found.pivots.value,
    repeats: found.repeats.programs.value,
    plateau: found.plateau,
    best: found.best,
  }
}

function overSeeds(cells: readonly CellBehaviour[]) {
  const estimate = (figure: BehaviourFigure): Estimate => {
    const values = cells.flatMap(({ figures }) => figures[figure] ?? [])
    return { value: values.length === 0 ? null : mean(values), interval: meanInterval(values) }
  }
  return { cells, figures: byFigure(estimate) }
}

function byFigure<T>(of: (figure: BehaviourFigure) => T): Record<BehaviourFigure, T> {
  return Object.fromEntries(BEHAVIOUR_FIGURES.map((figure) => [figure, of(figure)])) as Record<
    BehaviourFigure,
    T
  >
}

function correlationsOf(cells: readonly CellBehaviour[]): ExperimentBehaviour['correlations'] {
  const { best: _, ...others } = byFigure((figure) => {
    const both = cells.filter(({ figures }) => figures[figure] !== null && figures.best !== null)
    return correlate(
      both.map(({ figures }) => figures[figure]!),
      both.map(({ figures }) => figures.best!),
    )
  })
  return others
}

function testAll(hypotheses: readonly Hypothesis[], cells: readonly CellBehaviour[]): TestedHypothesis[] {
  const tested = hypotheses.map((hypothesis) => testOne(hypothesis, cells))
  // One without a pair yet counts as well: the correction is for as many as were declared.
  const adjusted = holm(tested.map(({ p }) => p ?? 1))
  return tested.map((one, i) => ({ ...one, adjusted: one.p === null ? null : adjusted[i]! }))
}

function testOne(
  hypothesis: Hypothesis,
  cells: readonly CellBehaviour[],
): Omit<TestedHypothesis, 'adjusted'> {
  const { figure, arm, baseline, alternative } = hypothesis
  const bySeed = (name: string) =>
    new Map(cells.filter((cell) => cell.arm === name).map(({ seed, figures }) => [seed, figures[figure]]))
  const [own, other] = [bySeed(arm), bySeed(baseline)]
  const pairs = [...own].flatMap(([seed, value]) => {
    const against = other.get(seed) ?? null
    return value === null || against === null ? [] : [[value, against] as const]
  })
  const [a, b] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)]
  if (pairs.length === 0) return { ...hypothesis, pairs: 0, difference: null, p: null }
  return {
    ...hypothesis,
    pairs: pairs.length,
    difference: mean(a) - mean(b),
    p: signedRank(a, b, alternative).p,
  }
}
