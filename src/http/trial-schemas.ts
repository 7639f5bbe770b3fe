/** Response schemas of trials, and of the ask/tell loop. */
import { z } from 'zod'
import { annotation } from '../domain/annotation.js'
import { ATTEMPT_STATES, FAILURES, TRIAL_STATES } from '../domain/enums.js'
import { paramsSchema, tokenSchema, valueSchema } from '../domain/spec.js'
import { metrics } from '../domain/tell.js'
import { NO_TRIAL_CODES } from '../trials/commands/no-trial-reason.js'
import { timeSchema } from './schemas.js'

const proposalSchema = z
  .looseObject({
    source: z.string().meta({
      description:
        'Who proposed the configuration: an optimizer, an advisor (`llm`, `expert`, …), `default`, `enqueued`, `imported` or `confirm`.',
    }),
    requested: z.string().optional().meta({
      description:
        'On the advisor’s turn: the advisor. Where `source` is not this advisor, `reason` says why its advice was not used.',
    }),
    reason: z.string().optional(),
    note: z.string().optional().meta({ description: 'What the advisor said, or what went wrong.' }),
    optimizerParams: paramsSchema
      .optional()
      .meta({ description: 'On the advisor’s turn: what the optimizer would have run.' }),
    confirms: z.number().optional().meta({ description: 'The number of the trial that this one repeats.' }),
    refused: z
      .number()
      .optional()
      .meta({ description: 'How many draws the preflight refused before this one.' }),
    origin: z
      .object({ study: z.string(), id: z.uuid(), number: z.number() })
      .optional()
      .meta({ description: 'The trial of an earlier study that this one was imported from (warmStart).' }),
    duplicateOf: z
      .number()
      .optional()
      .meta({ description: 'The number of the first trial with this configuration.' }),
    program: z
      .looseObject({
        hash: z.string(),
        parent: z.string().nullable(),
        own: z
          .boolean()
          .meta({ description: 'Whether it runs with its own constants, and not with the parameters.' }),
        seed: z.number(),
        edit: z
          .looseObject({
            category: z.string(),
            description: z.string(),
            linesChanged: z.number(),
            model: z.string().nullable(),
          })
          .optional(),
      })
      .optional()
      .meta({ description: 'Where an agent edits programs: the program that the trial runs.' }),
    repairs: z
      .array(
        z.looseObject({
          parameter: z.string(),
          from: valueSchema.nullable(),
          to: valueSchema.nullable(),
          rule: z.string(),
          because: z.string().optional(),
        }),
      )
      .optional()
      .meta({ description: 'What was changed so that the configuration could run.' }),
  })
  .meta({ id: 'Proposal' })

const grantedLeaseSchema = z
  .object({ token: tokenSchema, expiresAt: timeSchema, heartbeatSeconds: z.number() })
  .meta({
    id: 'Lease',
    description:
      'Heartbeats and reports renew the lease. A worker that sends neither until expiresAt loses the trial.',
  })

const STARTED = {
  number: 7,
  state: 'running' as const,
  params: { x: 1.5, lr: 0.01 },
  proposal: { source: 'random' },
  attempt: 1,
  worker: 'gpu-0',
  createdAt: '2026-01-31T12:00:00.000Z',
}
const ENDED = {
  ...STARTED,
  state: 'complete' as const,
  value: 0.42,
  trainSeconds: 300,
  settledAt: '2026-01-31T12:05:00.000Z',
}
const LEASE_ENDS = '2026-01-31T12:02:30.000Z'
const LEASE = { token: '00000000-0000-4000-8000-000000000000', expiresAt: LEASE_ENDS, heartbeatSeconds: 30 }

export const trialSchema = z
  .object({
    number: z.number(),
    state: z.enum(TRIAL_STATES),
    failure: z.enum(FAILURES).optional(),
    params: paramsSchema,
    value: z.number().optional(),
    proposal: proposalSchema,
    attempt: z.number(),
    worker: z.string().optional(),
    leaseExpiresAt: timeSchema.optional(),
    metrics: metrics.optional(),
    trainSeconds: z.number().optional(),
    peakMemoryMb: z.number().optional().meta({ description: 'In MiB.' }),
    tokensPerSecond: z.number().optional(),
    message: z.string().optional(),
    foreseen: z
      .object({ step: z.number(), forecast: z.object({ mean: z.number(), sd: z.number() }).optional() })
      .optional()
      .meta({
        description:
          'Of a pruned trial: its last reported step, and the forecast of its final value where enough other trials went on from that step.',
      }),
    ...annotation,
    createdAt: timeSchema,
    settledAt: timeSchema.optional(),
  })
  .meta({ id: 'Trial', examples: [ENDED] })

export const enqueuedSchema = trialSchema
  .extend({
    repairs: z
      .array(
        z.object({
          parameter: z.string(),
          from: valueSchema.nullable(),
          to: valueSchema.nullable(),
          rule: z.string(),
          because: z.string().optional(),
        }),
      )
      .optional()
      .meta({ description: 'What `repair: true` changed in the configuration.' }),
  })
  .meta({ id: 'Enqueued' })

export const importedSchema = z
  .object({
    imported: z.number().meta({ description: 'New trials.' }),
    known: z.number().meta({ description: 'Rows whose trials were imported before.' }),
    leftOut: z.number().meta({ description: 'Rows without a result.' }),
    trials: z
      .array(z.number().nullable())
      .meta({ description: 'The number of each row’s trial here; null where the row was left out.' }),
  })
  .meta({ id: 'Imported', examples: [{ imported: 2, known: 0, leftOut: 1, trials: [0, null, 1] }] })

export const trialDetailSchema = trialSchema
  .extend({
    attempts: z.array(
      z.object({
        attempt: z.number(),
        worker: z.string(),
        state: z.enum(ATTEMPT_STATES),
        leasedAt: timeSchema,
        endedAt: timeSchema.optional(),
      }),
    ),
    reports: z.array(z.object({ step: z.number(), value: z.number() })),
  })
  .meta({ id: 'TrialWithLineage' })

const leasedTrialSchema = trialSchema.extend({ lease: grantedLeaseSchema }).meta({ id: 'LeasedTrial' })

export const askAnswerSchema = z
  .object({
    trials: z.array(leasedTrialSchema),
    reason: z
      .object({ code: z.enum(NO_TRIAL_CODES), message: z.string() })
      .optional()
      .meta({
        description:
          'Why there are fewer trials than asked for. Stop on `finished`; on any other code ask again. On `advising` a language model is choosing a trial for this worker, which receives it when it asks again.',
      }),
  })
  .meta({ id: 'Asked', examples: [{ trials: [{ ...STARTED, leaseExpiresAt: LEASE_ENDS, lease: LEASE }] }] })

export const renewedLeaseSchema = z
  .object({ expiresAt: timeSchema })
  .meta({ id: 'RenewedLease', examples: [{ expiresAt: LEASE_ENDS }] })

export const decisionSchema = z
  .object({
    decision: z.enum(['go', 'stop']),
    rule: z
      .enum(['median', 'halving', 'forecast', 'not_finite'])
      .optional()
      .meta({ description: 'The pruning rule that stopped the trial.' }),
    step: z.number().optional(),
    threshold: z.number().optional().meta({
      description: 'The value that the trial needed: at this step, or (`forecast`) at its end.',
    }),
    chance: z
      .number()
      .optional()
      .meta({ description: 'The chance that the trial reaches the threshold (`forecast`).' }),
    expiresAt: timeSchema,
  })
  .meta({ id: 'Decision', examples: [{ decision: 'go', expiresAt: LEASE_ENDS }] })

export const comparedReportSchema = z
  .object({
    step: z.number(),
    value: z.number(),
    threshold: z.number().nullable().meta({ description: 'Null where the rule compares with nothing yet.' }),
    forecast: z.object({ mean: z.number(), sd: z.number() }).optional(),
  })
  .meta({ id: 'ComparedReport' })
