/** Reads the configuration from environment variables. No other file reads them. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { Fault } from './faults.js'
import { eachLimit, LIMITS, type Limits } from './limits.js'

/** A user and password in it would be stored with each call, and fetch refuses such an address anyway. */
const providerUrl = (key: string) =>
  z
    .url({ protocol: /^https?$/, message: 'must begin with http:// or https://' })
    .refine((url) => !hasUserInfo(url), `must not have a user or a password in it: set ${key}`)

function hasUserInfo(url: string): boolean {
  return URL.canParse(url) && `${new URL(url).username}${new URL(url).password}` !== ''
}

const limitVariables = Object.fromEntries(
  Object.values(LIMITS).map(({ variable, standard, least, most, ...limit }) => {
    const number = z.coerce.number().min(least).max(most)
    return [variable, ('fraction' in limit ? number : number.int()).default(standard)]
  }),
)

const environmentSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .refine(isReadableUrl, {
      message:
        'is not a valid URL: write special characters of the user and the password as percent codes (/ as %2F, # as %23, ? as %3F, @ as %40, % as %25)',
    })
    .optional(),
  CHIRON_DATA_DIR: z.string().min(1).default('./.chiron'),
  CHIRON_FSYNC: z.enum(['on', 'off'], 'must be on or off').default('on'),
  CHIRON_TOKEN: z.string().min(8, 'must have at least 8 characters').optional(),
  CHIRON_TRAINERS: z.string().min(1).optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: providerUrl('ANTHROPIC_API_KEY').optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: providerUrl('OPENAI_API_KEY').optional(),
  CHIRON_LLM_MODEL: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*:\S+$/, 'must be <provider>:<model>')
    .optional(),
  CHIRON_LLM_PRICES: z.string().min(1).optional(),
  CHIRON_ENDPOINTS: z.string().min(1).optional(),
  CHIRON_REPLAYS: z.string().min(1).optional(),
  CHIRON_PYTHON: z.string().min(1).optional(),
  CHIRON_CPU_SLOTS: z.coerce.number().int().min(1).max(10_000).default(availableParallelism()),
  RAY_ADDRESS: z
    .string()
    .regex(/^https?:\/\//, 'must begin with http:// (the address of the dashboard, as http://head:8265)')
    .optional(),
  CHIRON_REAP_MS: z.coerce.number().int().min(10).max(600_000).default(1000),
  CHIRON_SEARCH_THREADS: z.coerce
    .number()
    .int()
    .min(0)
    .max(64)
    // As many as processors: on Linux a search yields its processor to whoever answers requests.
    .default(Math.min(4, availableParallelism())),
  CHIRON_HELD_MB: z.coerce.number().int().min(16).max(1_000_000).default(512),
  CHIRON_CLAIM_SECONDS: z.coerce.number().min(1).max(3600).default(15),
  CHIRON_POOL: z.coerce.number().int().min(2).max(200).default(10),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ...limitVariables,
})

export interface LlmConfig {
  readonly anthropicKey?: string
  readonly anthropicUrl?: string
  /** Key and address of any server with OpenAI's chat completions API; one of the two is enough. */
  readonly openaiKey?: string
  readonly openaiUrl?: string
  /** The model that the preset `chiron` asks for beliefs. The default is Claude, where there is a key for it. */
  readonly model?: string
  /** A file of prices that extends the built-in table. */
  readonly prices?: string
  /** A file of named endpoints. */
  readonly endpoints?: string
  /** A file of recorded answers. */
  readonly replays?: string
  /** The value of an environment variable that the file names for a key. */
  readonly variable?: (name: string) => string | undefined
}

export interface Config {
  readonly host: string
  readonly port: number
  /** A Postgres URL. Without it the service uses the embedded database in `dataDir`. */
  readonly databaseUrl?: string
  readonly dataDir: string
  /** Whether the embedded database answers only when what it says is on the disk. */
  readonly fsync?: boolean
  readonly token?: string
  /** A folder of trainer profiles, in addition to the built-in ones. */
  readonly trainers?: string
  /** Keys, addresses and prices of the language models. */
  readonly llm: LlmConfig
  /** Replaces {python} in trainer commands. The default is the environment that `chiron prepare` makes. */
  readonly python?: string
  /** How many trials without a GPU run at a time. */
  readonly cpuSlots: number
  /** The address of a Ray cluster's Jobs API. */
  readonly ray?: string
  /** How often the server looks for expired leases. */
  readonly reapMs: number
  /** How many worker threads compute searches whose asks are slow; 0: the thread that answers requests does. */
  readonly searchThreads: number
  /** About how much memory the studies take that are held between requests. */
  readonly heldMb: number
  /** What others may send, store, or make the service wait for. */
  readonly limits: Limits
  /** How long a server has a study that it runs without renewing it: another takes over a killed one's after that. */
  readonly claimSeconds?: number
  readonly pool: number
  readonly logLevel: string
}

export function readConfig(env: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = environmentSchema.safeParse(set)
  if (!read.success) {
    const errors = read.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message }))
    throw new Fault('invalid_request', errors.map((e) => `${e.path} ${e.message}`).join('; '), { errors })
  }
  const {
    HOST,
    PORT,
    DATABASE_URL,
    CHIRON_DATA_DIR,
    CHIRON_FSYNC,
    CHIRON_TOKEN,
    CHIRON_TRAINERS,
    ANTHROPIC_API_KEY,
    ANTHROPIC_BASE_URL,
    OPENAI_API_KEY,
    OPENAI_BASE_URL,
    CHIRON_LLM_MODEL,
    CHIRON_LLM_PRICES,
    CHIRON_ENDPOINTS,
    CHIRON_REPLAYS,
    CHIRON_PYTHON,
    CHIRON_CPU_SLOTS,
    RAY_ADDRESS,
    CHIRON_REAP_MS,
    CHIRON_SEARCH_THREADS,
    CHIRON_HELD_MB,
    CHIRON_CLAIM_SECONDS,
    CHIRON_POOL,
    LOG_LEVEL,
  } = read.data
  const given: Readonly<Record<string, unknown>> = read.data
  if (CHIRON_TOKEN === undefined && !isLoopback(HOST)) {
    throw new Fault(
      'invalid_request',
      `HOST=${HOST} would open the service to the network without a password: set CHIRON_TOKEN, or bind 127.0.0.1`,
    )
  }
  return {
    host: HOST,
    port: PORT,
    databaseUrl: DATABASE_URL,
    dataDir: CHIRON_DATA_DIR,
    fsync: CHIRON_FSYNC === 'on',
    token: CHIRON_TOKEN,
    trainers: CHIRON_TRAINERS,
    llm: {
      anthropicKey: ANTHROPIC_API_KEY,
      anthropicUrl: ANTHROPIC_BASE_URL,
      openaiKey: OPENAI_API_KEY,
      openaiUrl: OPENAI_BASE_URL,
      model: CHIRON_LLM_MODEL,
      prices: CHIRON_LLM_PRICES,
      endpoints: CHIRON_ENDPOINTS,
      replays: CHIRON_REPLAYS,
      variable: (name) => set[name],
    },
    python: CHIRON_PYTHON,
    cpuSlots: CHIRON_CPU_SLOTS,
    ray: RAY_ADDRESS,
    reapMs: CHIRON_REAP_MS,
    searchThreads: CHIRON_SEARCH_THREADS,
    heldMb: CHIRON_HELD_MB,
    claimSeconds: CHIRON_CLAIM_SECONDS,
    limits: eachLimit(({ variable }) => Number(given[variable])),
    pool: CHIRON_POOL,
    logLevel: LOG_LEVEL,
  }
}

/** A password with a raw `/`, `?` or `#` ends the host early, and leaves its `@` in the part behind. */
function isReadableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password, pathname, search, hash } = new URL(text)
  if (username === '' && /@/.test(pathname + search + hash)) return false
  try {
    return [username, password, pathname].every((part) => decodeURIComponent(part) !== undefined)
  } catch {
    return false // a percent sign that begins no code
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
