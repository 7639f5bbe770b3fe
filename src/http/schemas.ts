/** Schemas of answers, paths and queries. Those of request bodies are in src/domain. */
import { z } from 'zod'
import type { Description } from '../../optimizers/contract.js'
import type { PreflightDescription } from '../../optimizers/feasibility/preflight.js'
import {
  ATTEMPT_STATES,
  CALL_OUTCOMES,
  CALL_PURPOSES,
  FAILURES,
  INQUIRY_STATES,
  STUDY_STATES,
  TRIAL_STATES,
} from '../domain/enums.js'
import { budgetSchema, params, studySpec, token, value } from '../domain/spec.js'
import { metrics } from '../domain/tell.js'
import { NO_TRIAL_CODES } from '../trials/commands/ask.js'

const time = z.iso.datetime()
const counts = (names: readonly string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.number()])))

export const studyPath = z.strictObject({
  study: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be a name or an id')
    .meta({ description: 'Its name or id.', examples: ['example'] }),
})

/** A number that fits the database's integer columns. */
export const ordinal = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)

/** A number as a path or a query spells it: Number() alone would take ' ', '0x7' and '1e1' too. */
const spelled = <Schema extends z.ZodType<number>>(schema: Schema) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text),
    schema,
  )

export const trialPath = studyPath.extend({ number: spelled(ordinal.meta({ examples: [0] })) })

export const page = z.strictObject({
  cursor: z.string().min(1).max(500).optional().meta({ description: 'The nextCursor of the page before.' }),
  limit: spelled(z.number().int().min(1).max(1000).default(100)),
})

export const proposal = z
  .looseObject({
    source: z.string().meta({
      description:
        'Whose it is: an optimizer’s, an advisor’s (`llm`, `expert`, …), `default`, `enqueued`, `imported`, `confirm`.',
    }),
    requested: z
      .string()
      .optional()
      .meta({ description: 'The advisor, where it was its turn: is the source another, `reason` says why.' }),
    reason: z.string().optional(),
    note: z.string().optional().meta({ description: 'What the advisor said, or what went wrong.' }),
    optimizerParams: params
      .optional()
      .meta({ description: 'On the advisor’s turn: what the optimizer would have run.' }),
    confirms: z.number().optional().meta({ description: 'The trial that this one runs again.' }),
    refused: z.number().optional().meta({ description: 'Draws that the preflight refused before this one.' }),
    origin: z
      .object({ study: z.string(), id: z.uuid(), number: z.number() })
      .optional()
      .meta({ description: 'The trial of an earlier study that it is.' }),
    duplicateOf: z.number().optional().meta({ description: 'The first trial with this configuration.' }),
  })
  .meta({ id: 'Proposal' })

export const lease = z
  .object({ token, expiresAt: time, heartbeatSeconds: z.number() })
  .meta({ id: 'Lease', description: 'Held by heartbeats and reports; silent until expiresAt, it is lost.' })

export const trial = z
  .object({
    number: z.number(),
    state: z.enum(TRIAL_STATES),
    failure: z.enum(FAILURES).optional(),
    params,
    value: z.number().optional(),
    proposal,
    attempt: z.number(),
    worker: z.string().optional(),
    leaseExpiresAt: time.optional(),
    metrics: metrics.optional(),
    trainSeconds: z.number().optional(),
    peakMemoryMb: z.number().optional(),
    tokensPerSecond: z.number().optional(),
    message: z.string().optional(),
    foreseen: z
      .object({ step: z.number(), forecast: z.object({ mean: z.number(), sd: z.number() }).optional() })
      .optional()
      .meta({
        description:
          'Of one that was stopped: its last step, and what it would have ended with, as far as that can be told.',
      }),
    createdAt: time,
    settledAt: time.optional(),
  })
  .meta({ id: 'Trial' })

export const enqueued = trial
  .extend({
    repairs: z
      .array(
        z.object({
          parameter: z.string(),
          from: value.nullable(),
          to: value.nullable(),
          rule: z.string(),
          because: z.string().optional(),
        }),
      )
      .optional()
      .meta({ description: 'Where it was to be repaired: what was changed in what was sent.' }),
  })
  .meta({ id: 'Enqueued' })

export const imported = z
  .object({
    imported: z.number().meta({ description: 'Trials that are new.' }),
    known: z.number().meta({ description: 'Rows whose trials were brought in before.' }),
    leftOut: z.number().meta({ description: 'Rows without a result.' }),
    trials: z
      .array(z.number().nullable())
      .meta({ description: 'By row: its trial; null where it was left out.' }),
  })
  .meta({ id: 'Imported' })

export const trialShown = trial
  .extend({
    attempts: z.array(
      z.object({
        attempt: z.number(),
        worker: z.string(),
        state: z.enum(ATTEMPT_STATES),
        leasedAt: time,
        endedAt: time.optional(),
      }),
    ),
    reports: z.array(z.object({ step: z.number(), value: z.number() })),
  })
  .meta({ id: 'TrialWithLineage' })

export const asked = z
  .object({
    trials: z.array(trial.extend({ lease })),
    reason: z
      .object({ code: z.enum(NO_TRIAL_CODES), message: z.string() })
      .optional()
      .meta({
        description:
          'Where there are fewer trials than asked for: why. Stop on `finished`; else ask again. `advising`: a trial is on its way, and comes to whoever asked for it.',
      }),
  })
  .meta({ id: 'Asked' })

export const study = studySpec
  .extend({
    id: z.uuid(),
    state: z.enum(STUDY_STATES),
    reason: z.string().optional(),
    trials: counts(TRIAL_STATES),
    best: z.object({ number: z.number(), value: z.number() }).optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Study' })

export const incumbent = z
  .object({
    seq: z.number().meta({ description: 'Of its event.' }),
    number: z.number(),
    value: z.number(),
    source: z.string(),
    withinNoise: z.boolean().nullable().meta({
      description: 'No larger a step than noise makes by itself; null where the noise is not known.',
    }),
    settled: z.number().meta({ description: 'Trials settled when it was found.' }),
    trainSeconds: z.number().meta({ description: 'Train seconds spent when it was found.' }),
    at: time,
  })
  .meta({ id: 'Incumbent' })

const tokens = z.object({
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  output: z.number(),
})

export const llmCall = z
  .object({
    number: z
      .number()
      .meta({ description: 'The trial that it was to advise on, or before which it was asked.' }),
    call: z.number().meta({ description: 'The how many-th for it.' }),
    purpose: z.enum(CALL_PURPOSES),
    provider: z.string(),
    model: z.string(),
    prompt: z.string().meta({ description: 'Template and version.' }),
    request: z.unknown().meta({ description: 'What was sent, exactly.' }),
    answer: z.string().nullable(),
    thinking: z.string().nullable(),
    outcome: z.enum(CALL_OUTCOMES),
    message: z.string().nullable().meta({ description: 'What went wrong.' }),
    tokens,
    dollars: z.number().nullable().meta({ description: 'null where the model has no price.' }),
    latencyMs: z.number(),
    at: time,
  })
  .meta({ id: 'LlmCall' })

const beliefs = z.object({
  parameters: z.record(
    z.string(),
    z.object({ centre: value, spread: z.number().optional(), confidence: z.number() }),
  ),
})

export const inquiry = z
  .object({
    number: z.number().meta({ description: 'The trial before which it was asked.' }),
    ended: z.number().meta({ description: 'Trials that had ended then.' }),
    source: z.string().meta({ description: 'Whose beliefs they are.' }),
    state: z.enum(INQUIRY_STATES),
    beliefs: beliefs.nullable(),
    note: z.string().nullable().meta({ description: 'What the advisor said of them, or what went wrong.' }),
    reason: z.string().nullable().meta({ description: 'Why there are none.' }),
    at: time,
    answeredAt: time.nullable(),
  })
  .meta({ id: 'Inquiry' })

const rateSchema = z.number().nullable().meta({ description: 'null of none.' })

const yielded = z.object({ wins: z.number(), tries: z.number() })

const adviceSummary = z
  .object({
    kind: z.string(),
    model: z.string().optional(),
    as: z.enum(['override', 'prior', 'both']),
    policy: z.string(),
    target: z
      .number()
      .meta({ description: 'Its share of the trials after the warm-up; an adaptive one as it is now.' }),
    realised: rateSchema,
    share: z
      .object({ credit: z.number(), advisor: yielded, optimizer: yielded })
      .optional()
      .meta({ description: 'Of an adaptive share: how often either side bettered the incumbent of late.' }),
    beliefs: z
      .object({
        every: z.number().optional().meta({ description: 'Trials between one question and the next.' }),
        asked: z.number(),
        given: z.number(),
        failures: z.record(z.string(), z.number()).meta({ description: 'By reason.' }),
        asking: z.boolean(),
        held: beliefs
          .extend({
            since: z.number().meta({ description: 'Trials observed when they were given.' }),
            weight: z.number().meta({ description: 'What they count for: it fades as trials come.' }),
            givenUp: z
              .boolean()
              .meta({ description: 'Trials have contradicted them: they count for nothing.' }),
          })
          .optional()
          .meta({ description: 'What the optimizer holds of them.' }),
      })
      .optional()
      .meta({ description: 'Of an advisor that is a prior.' }),
    turns: z.number().meta({ description: 'Trials that were its to propose.' }),
    taken: z.number().meta({ description: 'Those that run what it proposed.' }),
    fallbacks: z.record(z.string(), z.number()).meta({ description: 'Those that do not, by reason.' }),
    fallbackRate: rateSchema,
    duplicateRate: rateSchema,
    calls: z.number().optional(),
    tokens: tokens.extend({ total: z.number() }).optional(),
    dollars: z.number().optional(),
    unpriced: z.number().optional().meta({ description: 'Calls whose dollars nobody knows.' }),
    limit: z.string().optional().meta({ description: 'Which limit it has come to.' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'AdviceSummary' })

export const summary = z
  .object({
    study: z.string(),
    state: z.enum(STUDY_STATES),
    reason: z.string().optional(),
    trials: counts(TRIAL_STATES),
    failures: z.partialRecord(z.enum(FAILURES), z.number()),
    sources: z.record(
      z.string(),
      z.object({
        trials: z.number(),
        complete: z.number(),
        pruned: z.number(),
        failed: z.partialRecord(z.enum(FAILURES), z.number()),
        oomRate: rateSchema,
      }),
    ),
    budget: budgetSchema.extend({
      trialsUsed: z.number(),
      trainSecondsUsed: z.number(),
      trainSecondsReserved: z.number(),
    }),
    oomRate: z.object({ all: rateSchema, last50: rateSchema }),
    preflightRefusals: z.number(),
    lostAttempts: z.number(),
    repaired: z.number(),
    duplicates: z.number(),
    duplicateRate: rateSchema,
    imported: z.number(),
    warmStart: z
      .array(z.object({ study: z.string(), trials: z.number(), leftOut: z.number() }))
      .optional()
      .meta({ description: 'Of earlier studies: trials that came over, and that had no place here.' }),
    advisor: adviceSummary.optional(),
    incumbent: z
      .object({ number: z.number(), value: z.number() })
      .optional()
      .meta({ description: 'The best value observed: of noisy ones the luckiest.' }),
    recommended: z
      .object({ number: z.number().optional(), params, mean: z.number(), sd: z.number() })
      .optional()
      .meta({
        description:
          'The best of what ran by the optimizer’s own reckoning, where it has one (gp): what it expects of it, without noise. The best observed where the objective says that there is none.',
      }),
    confirmed: z
      .array(
        z.object({
          number: z.number(),
          observed: z.number(),
          runs: z.number(),
          mean: rateSchema,
          low: rateSchema,
          high: rateSchema,
        }),
      )
      .optional()
      .meta({ description: 'The best few, run again: means and 95 % intervals, best first.' }),
  })
  .meta({ id: 'Summary' })

export const searchDescription = z
  .object({
    optimizer: z
      .custom<Description>()
      .meta({ type: 'object', description: 'Centre, spread, correlations, notes.' }),
    preflight: z
      .custom<PreflightDescription>()
      .meta({ type: 'object', description: 'What it refuses, and what it has learned.' }),
  })
  .meta({ id: 'SearchDescription' })

export const decision = z
  .object({
    decision: z.enum(['go', 'stop']),
    rule: z
      .enum(['median', 'halving', 'forecast', 'not_finite'])
      .optional()
      .meta({ description: 'The rule that fired.' }),
    step: z.number().optional(),
    threshold: z.number().optional().meta({
      description: 'What would have been good enough: now, or (`forecast`) in the end.',
    }),
    chance: z.number().optional().meta({ description: 'That it reaches the threshold (`forecast`).' }),
    expiresAt: time,
  })
  .meta({ id: 'Decision' })

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable: to be matched on.' }),
    retryable: z.boolean(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document.' })

/** The problem documents that a route may answer, by status. */
export function faults(...statuses: (400 | 401 | 404 | 409 | 413 | 503)[]) {
  const described = { description: 'What is wrong, where, and what would be right.' }
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { ...described, content: { 'application/problem+json': { schema: problem } } },
    ]),
  )
}
