/** Reads result.json, which a trainer leaves. trainer/gpt/result.schema.json is generated from the schema here. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { metrics } from '../../domain/tell.js'
import type { ProcessProfile } from '../profiles/process-profile.js'
import type { JobFolder } from './job-folder.js'

const amount = z.number().min(0).max(1e15)

export const resultSchema = z
  .looseObject({
    outcome: z
      .enum(['complete', 'oom', 'diverged', 'invalid', 'crashed'])
      .default('complete')
      .meta({ description: 'What the trainer itself says of the trial.' }),
    value: z
      .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
      .optional()
      .meta({ description: 'The objective; not where an evaluation of its own computes it.' }),
    message: z.string().optional().meta({ description: 'For people: why it failed.' }),
    trainSeconds: amount.optional().meta({ description: 'Charged to the budget.' }),
    peakMemoryMb: amount.optional().meta({ description: 'In MiB, of 2^20 bytes.' }),
    tokensPerSecond: amount.optional(),
    metrics: metrics.optional(),
    phases: z.record(z.string().max(100), amount).optional().meta({ description: 'Seconds by phase.' }),
    hardware: z
      .record(z.string().max(100), z.union([z.string().max(1000), z.null()]))
      .optional()
      .meta({ description: 'What it ran on: device, driver …' }),
  })
  .meta({
    title: 'The result of a trial',
    description: 'Written whole or not at all; other members are kept.',
  })

export type Result = z.output<typeof resultSchema>

export type ReadResult =
  | { readonly is: 'result'; readonly result: Result }
  | { readonly is: 'absent' }
  | { readonly is: 'broken'; readonly why: string; readonly notANumber?: true }

/** A larger file is not read. */
const LIMIT_BYTES = 2 ** 20

/**
 * `value` is the path of the value in a file of another form, such as `metrics.loss`; without it the schema applies.
 */
export async function readResult(path: string, value?: string): Promise<ReadResult> {
  const text = await readRegularFile(path)
  return 'text' in text ? parseResult(text.text, value) : text
}

/** Neither a link, which may lead anywhere, nor a pipe, which may never end. */
async function readRegularFile(path: string): Promise<{ text: string } | ReadResult> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => error.code as string)
  if (file === 'ENOENT') return { is: 'absent' }
  if (typeof file === 'string')
    return { is: 'broken', why: `cannot be read (${file}): a plain file is expected` }
  try {
    const found = await file.stat()
    if (!found.isFile()) return { is: 'broken', why: 'is no plain file' }
    if (found.size > LIMIT_BYTES)
      return { is: 'broken', why: `has ${found.size} bytes; at most ${LIMIT_BYTES} are read` }
    return { text: await file.readFile('utf8') }
  } finally {
    await file.close()
  }
}

/** What the trial left, as its profile says where. */
export async function resultOf(
  folder: JobFolder,
  { result }: ProcessProfile,
  tail: string,
): Promise<ReadResult> {
  if (result.by === 'file') return readResult(join(folder.work, result.path), result.value)
  const line = tail.split('\n').findLast((l) => l.startsWith(result.label))
  if (line === undefined) return { is: 'absent' }
  const text = line.slice(result.label.length).trim()
  if (/^[-+]?(nan|inf(inity)?)$/i.test(text)) return { is: 'broken', why: `is ${text}`, notANumber: true }
  const value = text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) return { is: 'broken', why: `is ${JSON.stringify(text)}, which is no number` }
  return { is: 'result', result: { outcome: 'complete', value } }
}

export function parseResult(text: string, value?: string): ReadResult {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    if (/:\s*-?(NaN|Infinity)\b/.test(text))
      return { is: 'broken', why: 'holds NaN or Infinity, which JSON has not', notANumber: true }
    return { is: 'broken', why: `is not JSON: ${(error as Error).message}` }
  }
  const read = resultSchema.safeParse(value === undefined ? json : { value: memberAt(json, value) })
  if (read.success) return { is: 'result', result: read.data }
  const faults = read.error.issues.map((i) => `${i.path.join('.') || 'the whole'}: ${i.message}`)
  return { is: 'broken', why: `is not by the schema: ${faults.join('; ')}` }
}

function memberAt(json: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], json)
}
