/**
 * A file of named endpoints (CHIRON_ENDPOINTS): servers of language models, whose models are `name:model`. The file has no
 * key in it: it names the environment variable that has it.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Fault } from '../../faults.js'
import { anthropicProvider } from './anthropic.js'
import { openaiCompatible } from './openai-compatible.js'
import { priceSchema } from './prices.js'
import type { AnswerLimits, Provider } from './provider.js'

const headerName = z.string().regex(/^[\w-]{1,100}$/, 'must be the name of a header')

const keySchema = z.strictObject({
  /** Processes of trainers do not inherit variables with these words in their names (src/dispatch/engines/local.ts). */
  variable: z
    .string()
    .regex(/^\w{1,100}$/, 'must be the name of an environment variable')
    .regex(/KEY|TOKEN|SECRET/i, 'must have KEY, TOKEN or SECRET in its name, so that no trainer inherits it'),
  /** Where it is not given, the key is sent as the kind of server expects it. */
  header: headerName.optional(),
  prefix: z.string().max(40).optional(),
})

const modelSchema = z.strictObject({
  contextTokens: z.number().int().min(512).max(10_000_000).optional(),
  /** Where the price was read, and when, so that somebody can read it again. */
  price: priceSchema.extend({ date: z.iso.date(), source: z.string().min(1).max(500) }).optional(),
})

const endpointSchema = z.strictObject({
  kind: z.enum(['openai-compatible', 'anthropic']),
  url: z
    .url({ protocol: /^https?$/, message: 'must begin with http:// or https://' })
    .refine(
      (url) => !/^[^/]*\/\/[^/]*@/.test(url),
      'must not have a user or a password in it: name a variable under key',
    ),
  key: keySchema.optional(),
  query: z.record(z.string(), z.string().max(200)).optional(),
  /** Newer models of OpenAI and Azure know only the second. */
  longestAnswer: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  requestsPerMinute: z.number().positive().max(1_000_000).optional(),
  tokensPerMinute: z.number().positive().max(1e9).optional(),
  /** Of every model of this endpoint that does not say otherwise. */
  contextTokens: modelSchema.shape.contextTokens,
  models: z.record(z.string().min(1).max(160), modelSchema).default({}),
})

/** Providers that the service has by itself. */
const TAKEN = ['anthropic', 'openai-compatible', 'replay']

const fileSchema = z.strictObject({
  endpoints: z.record(
    z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a word of small letters, digits, - and _')
      .refine((name) => !TAKEN.includes(name), 'is the name of a provider that the service has by itself'),
    endpointSchema,
  ),
})

export type EndpointSpec = z.output<typeof endpointSchema>
export type EndpointSpecs = Readonly<Record<string, EndpointSpec>>

/** The endpoints of the file; none without a file. */
export async function readEndpoints(file: string | undefined): Promise<EndpointSpecs> {
  if (file === undefined) return {}
  const read = fileSchema.safeParse(await readJson(file))
  if (read.success) return read.data.endpoints
  const faults = read.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the file'}: ${messageOf(issue)}`,
  )
  throw unusable(file, faults.join('; '))
}

/** What is wrong with a name is one issue further in. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join(', ') : issue.message
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw unusable(file, (error as Error).message.replace(/\s+/g, ' '))
  }
}

function unusable(file: string, why: string): Fault {
  return new Fault(
    'invalid_request',
    `CHIRON_ENDPOINTS ${file} cannot be used: ${why} (docs/endpoints.md has its form)`,
  )
}

export function openEndpoint(spec: EndpointSpec, key: string | undefined, limits: AnswerLimits): Provider {
  const { kind, url, query, longestAnswer, key: { header, prefix } = {} } = spec
  const address = { url, key, header, prefix, query, longestAnswer }
  return kind === 'anthropic' ? anthropicProvider(address, limits) : openaiCompatible(address, limits)
}

/** The context length of a model, request and answer together; null where the file does not say. */
export function contextLength({ models, contextTokens }: EndpointSpec, model: string): number | null {
  return (Object.hasOwn(models, model) ? models[model]!.contextTokens : undefined) ?? contextTokens ?? null
}
