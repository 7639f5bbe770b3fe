/** Schemas of programs and of what is told of an agent. */
import { z } from 'zod'
import { OUTCOMES } from '../domain/enums.js'
import { BEHAVIOUR_FIGURES, type BehaviourFigure } from '../domain/experiment.js'
import { valueSchema } from '../domain/spec.js'
import { studyPath } from './schemas.js'

export const programPath = studyPath.extend({
  hash: z
    .string()
    .regex(/^[0-9a-f]{4,64}$/, 'must be a hash, or at least its first four digits')
    .meta({ description: 'The hash of the program, or the beginning of it.', examples: ['3f6c0b'] }),
})

const constants = z.record(z.string(), valueSchema).meta({
  description: 'Its own values of the constants that the study’s space searches.',
})

const known = {
  hash: z.string(),
  parent: z.string().nullable().meta({ description: 'The program that was edited; null of the baseline.' }),
  normal: z.string().meta({
    description: 'Equal for programs that differ in comments and layout alone.',
  }),
  constants,
}

export const programSchema = z
  .object({ ...known, files: z.record(z.string(), z.string()).meta({ description: 'Texts by path.' }) })
  .meta({ id: 'Program' })

export const programsSchema = z
  .object({
    study: z.string(),
    programs: z.array(
      z
        .object({
          ...known,
          number: z.number().meta({ description: 'The trial that ran it first.' }),
          description: z.string(),
          category: z.string(),
          model: z.string().nullable(),
          linesChanged: z.number(),
          lines: z.number(),
          status: z.enum(['pending', 'kept', 'discarded', 'crashed']),
          because: z.string().nullable().meta({ description: 'Why it was kept or not.' }),
          value: z.number().nullable().meta({ description: 'The mean over the seeds of its runs.' }),
          runs: z.array(
            z.object({
              number: z.number(),
              seed: z.number().meta({ description: 'Runs of two programs with the same seed are a pair.' }),
              outcome: z.enum([...OUTCOMES, 'lost']),
              value: z.number().nullable(),
            }),
          ),
          tail: z.string().nullable().meta({ description: 'The end of the log of its last failed run.' }),
        })
        .meta({ id: 'ProgramEntry' }),
    ),
  })
  .meta({ id: 'Programs' })

export const programDiffSchema = z
  .object({
    from: z.string().nullable(),
    to: z.string(),
    diff: z.string().meta({ description: 'A unified diff of all files that differ.' }),
  })
  .meta({ id: 'ProgramDiff' })

const interval = z
  .array(z.number())
  .length(2)
  .nullable()
  .meta({ description: 'The two ends of the 95 % interval; null where there is too little to have one.' })
const estimate = z.object({ value: z.number().nullable(), interval })
const share = estimate.extend({ of: z.number(), count: z.number() })

export const behaviourSchema = z
  .object({
    by: z.enum(['word', 'diff']),
    n: z.number(),
    categories: z.record(z.string(), z.number()),
    breadth: z.number().meta({ description: 'How many categories were used.' }),
    entropyBits: estimate,
    counts: z.object({
      kept: z.number(),
      discarded: z.number(),
      crashed: z.number(),
      skipped: z.number().meta({ description: 'No edit of the answer could run.' }),
    }),
    keepRate: share.meta({ description: 'Kept of what did not crash.' }),
    keepRateOfRuns: share.meta({ description: 'Kept of what ran to its end.' }),
    crashRate: share,
    skipRate: share,
    success: share.meta({ description: 'Kept of all.' }),
    pivots: share.meta({ description: 'Another category than the edit before, which was not kept.' }),
    repeats: z.object({ programs: share, patches: share, descriptions: share }),
    dryStreaks: z.array(z.number()).meta({ description: 'How many edits passed between two keeps.' }),
    plateau: z.number().meta({ description: 'The longest of them.' }),
    meanDryStreak: estimate,
    rollingSuccess: z.array(z.number()),
    best: z.number().nullable(),
    keepGains: z.array(z.number()),
    keepRuleViolations: z.number().meta({
      description: 'Edits whose keeping differs from "lower than the best so far".',
    }),
    byCategory: z
      .array(
        z.object({
          category: z.string().nullable().meta({
            description: 'Null of answers of which no edit could run.',
          }),
          edits: z.number(),
          kept: z.number(),
          discarded: z.number(),
          crashed: z.number(),
          meanGain: z.number().nullable().meta({
            description: 'How much better than its parent a kept program was.',
          }),
          best: z.number().nullable(),
          trainSeconds: z.number(),
          tokens: z.number(),
          dollars: z.number().nullable().meta({ description: 'Null where a model has no price.' }),
        }),
      )
      .meta({ description: 'What each category gave and what it cost, most edits first.' }),
  })
  .meta({ id: 'Behaviour' })

const byFigure = z.object(
  Object.fromEntries(BEHAVIOUR_FIGURES.map((figure) => [figure, estimate])) as Record<
    BehaviourFigure,
    typeof estimate
  >,
)

export const experimentBehaviourSchema = z
  .object({
    by: z.enum(['word', 'diff']),
    arms: z.array(
      z.object({
        arm: z.string(),
        cells: z.array(
          z.object({
            arm: z.string(),
            seed: z.number(),
            edits: z.number(),
            figures: z.record(z.enum(BEHAVIOUR_FIGURES), z.number().nullable()),
          }),
        ),
        figures: byFigure.meta({ description: 'The mean over seeds.' }),
      }),
    ),
    correlations: byFigure.partial().meta({
      description: 'Over the cells of all arms, with the best value, to be minimised.',
    }),
    hypotheses: z.array(
      z.object({
        figure: z.enum(BEHAVIOUR_FIGURES),
        arm: z.string(),
        baseline: z.string(),
        alternative: z.enum(['less', 'greater', 'two-sided']),
        pairs: z.number(),
        difference: z.number().nullable(),
        p: z.number().nullable().meta({ description: 'By the exact signed-rank test over seeds.' }),
        adjusted: z
          .number()
          .nullable()
          .meta({ description: 'p after Holm’s correction over the hypotheses.' }),
      }),
    ),
  })
  .meta({ id: 'ExperimentBehaviour' })
