/**
 * The limits of what others may send, store, or make the service wait for. An operator changes one by its variable;
 * src/config.ts reads them, and docs/security.md lists them.
 */

interface Limit {
  readonly variable: string
  readonly standard: number
  readonly least: number
  readonly most: number
  /** Whether it may be a fraction. */
  readonly fraction?: true
}

const KIB = 2 ** 10
const MIB = 2 ** 20

const seconds = (variable: string, standard: number, least: number, most: number) =>
  ({ variable, standard, least, most, fraction: true }) as const

export const LIMITS = {
  /** The body of a request, other than an import. */
  bodyBytes: { variable: 'CHIRON_BODY_BYTES', standard: MIB, least: 16 * KIB, most: 64 * MIB },
  importBytes: { variable: 'CHIRON_IMPORT_BYTES', standard: 8 * MIB, least: 16 * KIB, most: 256 * MIB },
  /** An import is stored by one statement, and the embedded database answers nobody meanwhile: 0.05 ms a row. */
  importRows: { variable: 'CHIRON_IMPORT_ROWS', standard: 5000, least: 1, most: 20_000 },
  headerBytes: { variable: 'CHIRON_HEADER_BYTES', standard: 16 * KIB, least: KIB, most: MIB },
  /** How long a request may take to arrive, its body included; its headers alone. */
  requestSeconds: seconds('CHIRON_REQUEST_SECONDS', 30, 1, 3600),
  headerSeconds: seconds('CHIRON_HEADER_SECONDS', 10, 1, 3600),
  /** How long a stopping server waits for clients that are slow to send or to receive. */
  stopSeconds: seconds('CHIRON_STOP_SECONDS', 1, 0.1, 8),
  /** Wrong tokens that an address may send at /login in a minute. */
  loginAttempts: { variable: 'CHIRON_LOGIN_ATTEMPTS', standard: 10, least: 1, most: 10_000 },
  jsonDepth: { variable: 'CHIRON_JSON_DEPTH', standard: 100, least: 16, most: 500 },
  /** All metrics of a trial together, as JSON. */
  metricsBytes: { variable: 'CHIRON_METRICS_BYTES', standard: 64 * KIB, least: KIB, most: 16 * MIB },
  messageCharacters: { variable: 'CHIRON_MESSAGE_CHARACTERS', standard: 10_000, least: 4000, most: MIB },
  pageRows: { variable: 'CHIRON_PAGE_ROWS', standard: 1000, least: 1, most: 10_000 },
  pageBytes: { variable: 'CHIRON_PAGE_BYTES', standard: 4 * MIB, least: 64 * KIB, most: 256 * MIB },
  /** Wrong places that an answer names, and the characters of its `detail`. */
  errors: { variable: 'CHIRON_ERRORS', standard: 20, least: 1, most: 1000 },
  detailCharacters: { variable: 'CHIRON_DETAIL_CHARACTERS', standard: 4000, least: 200, most: MIB },
  /** The answer of a provider of language models. */
  answerBytes: { variable: 'CHIRON_LLM_ANSWER_BYTES', standard: 8 * MIB, least: 64 * KIB, most: 256 * MIB },
  /** A shorter key is no secret, and is not redacted. */
  keyCharacters: { variable: 'CHIRON_LLM_KEY_CHARACTERS', standard: 8, least: 4, most: 100 },
} as const satisfies Readonly<Record<string, Limit>>

export type Limits = { readonly [Name in keyof typeof LIMITS]: number }

/** Gives each limit a value: `of` says which. */
export function eachLimit(of: (limit: Limit) => number): Limits {
  const entries = Object.entries(LIMITS).map(([name, limit]) => [name, of(limit)])
  return Object.fromEntries(entries) as Limits
}

export const STANDARD_LIMITS = eachLimit(({ standard }) => standard)
