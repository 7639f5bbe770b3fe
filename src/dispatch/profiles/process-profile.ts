/**
 * The profile of a trainer that is a command: how it starts, takes parameters and gives its result, and what it may
 * use.
 */
import { z } from 'zod'
import { type SpaceSpec, spaceSchema } from '../../../search-spaces/index.js'

const seconds = z.number().positive().max(1e7)
const file = z
  .string()
  .regex(/^(?!.*\.\.)[^/].*$/, 'must be a path inside the folder')
  .max(500)
const command = z.array(z.string().max(4000)).min(1).max(200)

export const processSchema = z.strictObject({
  kind: z.literal('process'),
  /** A name of the catalogue, or the space itself. */
  space: z.union([z.string(), spaceSchema]),
  /** The trainer's own folder, relative to the profile. */
  folder: z.string().min(1),
  /** The files in it that are copied for each trial: names, or *.ending. */
  files: z.array(file).min(1),
  /** Started in the trial's folder, with {home} {python} {data} {params} {seconds} {memoryGb} {seed} replaced. */
  command,
  /** Started after the command ended well, to compute the value; it writes evaluation.json. */
  evaluate: command.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  params: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('file') }),
      z.strictObject({ by: z.literal('environment') }),
      z.strictObject({ by: z.literal('arguments') }),
      z.strictObject({ by: z.literal('constants'), file }),
    ])
    .default({ by: 'file' }),
  result: z
    .discriminatedUnion('by', [
      /** `value` is the path of the value in a file of another form, such as `metrics.loss`. */
      z.strictObject({
        by: z.literal('file'),
        path: file.default('result.json'),
        value: z.string().optional(),
      }),
      /** The last line of the log that begins with the label and goes on with a number. */
      z.strictObject({ by: z.literal('line'), label: z.string().min(1).max(200) }),
    ])
    .default({ by: 'file', path: 'result.json' }),
  /** Files to remove once the trial is told, such as checkpoints. */
  discard: z.array(file).default([]),
  budgetSeconds: seconds,
  /** Time beside the budget for starting, compiling and evaluating. */
  graceSeconds: seconds,
  /** Time between SIGTERM and SIGKILL. */
  stopSeconds: seconds.default(10),
  memoryLimitGb: z.number().positive().max(10_000).optional(),
  devices: z.strictObject({
    kind: z.enum(['cuda', 'cpu']),
    perTrial: z.number().int().min(1).max(64).default(1),
  }),
  /** Patterns in the last lines of a failed trial that decide its outcome, before the built-in ones. */
  failures: z
    .array(
      z.strictObject({
        pattern: z.string().max(500),
        outcome: z.enum(['oom', 'diverged', 'invalid', 'timeout', 'crashed']),
      }),
    )
    .default([]),
  logMegabytes: z.number().min(0.01).max(10_000).default(16),
  engine: z.enum(['local', 'ray']).default('local'),
  /** How often the default configuration runs again, to notice a machine that has slowed down. */
  canaryHours: z.number().positive().max(10_000).optional(),
  /** What `chiron prepare` makes: a Python environment of this name, and {data} by this command. */
  prepare: z
    .strictObject({
      environment: z.strictObject({ name: file, requirements: file }).optional(),
      command: command.optional(),
    })
    .optional(),
})

export type ProcessProfile = Omit<z.output<typeof processSchema>, 'space'> & {
  readonly name: string
  readonly space: string | SpaceSpec
  /** The values of {python}, {home} and {data} on this machine. */
  readonly places: { readonly python: string; readonly home: string; readonly data: string }
}

/** Replaces {python}, {home} and {data}, which depend on this machine, and the placeholders in `more`. */
export function fillPlaceholders(
  text: string,
  { places }: ProcessProfile,
  more: Record<string, string> = {},
): string {
  const known: Record<string, string> = { ...places, ...more }
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => known[key] ?? whole)
}
