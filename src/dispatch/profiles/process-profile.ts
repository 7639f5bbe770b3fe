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

const names = z
  .array(z.string().regex(/^[A-Za-z_]\w*$/, 'must be a name'))
  .max(200)
  .default([])

/** What makes a profile a task: which files may be edited, and how the edited program is judged. */
const taskMembers = {
  /** The files of the program that an agent may edit. */
  editable: z.array(file).max(100).default([]),
  /** The command of an edited program, such as one with {seed}, where it is not `command`. */
  editedCommand: command.optional(),
  /** The baseline has the defaults of the space as the constants of this file, in place of those that stand there. */
  defaultsIn: file.optional(),
  /** Files of the folder with their SHA-256. A trial does not start where one differs. */
  locked: z.record(file, z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')).default({}),
  /** Names at the top level of an editable file that it must define, and those whose definition must stay as it is. */
  surface: z.record(file, z.strictObject({ requires: names, keeps: names })).default({}),
  /** Of the metric: a value outside makes a trial invalid. */
  range: z
    .strictObject({ low: z.number(), high: z.number() })
    .refine(({ low, high }) => low < high, 'low must be below high')
    .optional(),
  /** A run of seconds before an edited program may use a device; by default the command with these seconds. */
  smoke: z
    .strictObject({ command: command.optional(), seconds, graceSeconds: seconds.default(60) })
    .optional(),
  /**
   * Judges an edited program in place of `evaluate`, and others where there is no `evaluate`: outside the sandbox, started in a folder that the program cannot
   * reach. {work} is the trial's folder, {out} the file for its result.
   */
  scorer: command.optional(),
  /**
   * Judges what an experiment recommends once more, after the scorer, by data that nothing was chosen by: {out} is the file for its
   * result, which becomes the metric `sealed`. No trial of a search is judged by it, and no agent is told of it.
   */
  sealed: command.optional(),
  /** What the task is, for the agent: the text, or a file of the folder. */
  prompt: z.union([z.string().min(1).max(50_000), z.strictObject({ file })]).optional(),
  /** The most kilobytes of an edited program. */
  programKilobytes: z.number().positive().max(10_000).default(200),
}

/** Temperatures of a card in °C, as nvidia-smi reports them. */
const thermalSchema = z
  .strictObject({
    /** A trial neither starts nor goes on after a pause on a card that is not below it. */
    startBelow: z.number().min(1).max(150),
    /** Its processes are stopped, and its clock too, until the card is below `startBelow`. */
    pauseAt: z.number().min(1).max(150).optional(),
    /** The trial is ended and goes back to its study. */
    abortAt: z.number().min(1).max(150).optional(),
    /** A longer pause ends the trial, as `abortAt` does. */
    pauseSeconds: seconds.default(1800),
  })
  .refine(({ startBelow, pauseAt = 150, abortAt = 151 }) => startBelow < pauseAt && pauseAt < abortAt, {
    message: 'startBelow must be below pauseAt, and pauseAt below abortAt',
  })

export const processSchema = z.strictObject({
  kind: z.literal('process'),
  /** A name of the catalogue, or the space itself. */
  space: z.union([z.string(), spaceSchema]),
  /** The trainer's own folder, relative to the profile. */
  folder: z.string().min(1),
  /** The files in it that are copied for each trial: names, or *.ending. */
  files: z.array(file).min(1),
  /** Started in the trial's folder, with {home} {python} {data} {params} {seconds} {memoryGb} {seed} {devices} replaced. */
  command,
  /** Started after the command ended well, to compute the value; it writes evaluation.json. */
  evaluate: command.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  params: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('file') }),
      z.strictObject({ by: z.literal('environment') }),
      z.strictObject({ by: z.literal('arguments') }),
      /** NAME=value, as Hydra takes them. */
      z.strictObject({ by: z.literal('overrides') }),
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
  /** In GiB (1024³ bytes), as nvidia-smi and torch count. */
  memoryLimitGb: z.number().positive().max(10_000).optional(),
  devices: z.strictObject({
    kind: z.enum(['cuda', 'cpu']),
    perTrial: z.number().int().min(1).max(64).default(1),
    /** Starts the command as so many processes, one for each device: `{python} train.py` by torchrun. */
    torchrun: z.boolean().default(false),
  }),
  thermal: thermalSchema.optional(),
  /** A trial that heat or the power supply slowed down for a larger share of its time is marked as throttled. */
  throttledShare: z.number().min(0).max(1).default(0.1),
  /** Whether a trial that was throttled runs again, once. */
  rerunThrottled: z.boolean().default(false),
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
  /** A trial with an edited program is confined also where this says local, unless `unconfined` is set. */
  engine: z.enum(['local', 'confined', 'ray']).default('local'),
  /** Runs edited programs without a sandbox: they may then do whatever the service may. */
  unconfined: z.boolean().default(false),
  /** What a confined trial may read beside its own folder; by default {data}, or nothing where a scorer judges it. */
  readable: z.array(z.string().min(1).max(4000)).max(100).optional(),
  /** What a confined trial may write in its folder; it is ended where it writes more. */
  diskMegabytes: z.number().positive().max(1e7).default(4000),
  /**
   * The most seconds of the command of an edited program by the supervisor's clock. Where the command names {launch}, it counts
   * from the moment when the launcher makes the file `begun`, before the first edited line runs; otherwise from the start.
   */
  wallSeconds: seconds.optional(),
  ...taskMembers,
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

/** Whether a trial runs in the sandbox. */
export function isConfined({
  profile,
  program,
}: {
  readonly profile: Pick<ProcessProfile, 'engine' | 'unconfined'>
  readonly program?: unknown
}): boolean {
  if (profile.unconfined || profile.engine === 'ray') return false
  return profile.engine === 'confined' || program !== undefined
}

/** Whether the scorer judges a trial: that of an edited program always, others where there is no evaluation. */
export function isScored({
  profile,
  program,
}: {
  readonly profile: Pick<ProcessProfile, 'scorer' | 'evaluate'>
  readonly program?: unknown
}): boolean {
  return profile.scorer !== undefined && (program !== undefined || profile.evaluate === undefined)
}

/** Whether a trial is judged by sealed data too: a run of what an experiment recommends. */
export function isSealed(trial: {
  readonly profile: Pick<ProcessProfile, 'scorer' | 'evaluate' | 'sealed'>
  readonly program?: unknown
  readonly recommended?: boolean
}): boolean {
  return trial.recommended === true && trial.profile.sealed !== undefined && isScored(trial)
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
