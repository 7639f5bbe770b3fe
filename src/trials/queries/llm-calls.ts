/** Reads the calls of a study's language model, by trial and in the order in which they were made. */
import { and, asc, eq, gt, or } from 'drizzle-orm'
import type { Database } from '../../storage/database.js'
import { inquiries, llmCalls } from '../../storage/tables.js'
import { iso } from './trial-view.js'

export interface CallCursor {
  readonly number: number
  readonly call: number
}

/** `trial`: only the calls for it. */
export async function listCalls(
  database: Database,
  studyId: string,
  after: CallCursor,
  limit: number,
  trial?: number,
) {
  const later = or(
    gt(llmCalls.number, after.number),
    and(eq(llmCalls.number, after.number), gt(llmCalls.call, after.call)),
  )
  const rows = await database.orm
    .select()
    .from(llmCalls)
    .where(
      and(eq(llmCalls.studyId, studyId), later, trial === undefined ? undefined : eq(llmCalls.number, trial)),
    )
    .orderBy(asc(llmCalls.number), asc(llmCalls.call))
    .limit(limit)
  return rows.map(
    ({ studyId: _, key: __, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, at, ...row }) => ({
      ...row,
      tokens: {
        input: inputTokens,
        cacheRead: cacheReadTokens,
        cacheWrite: cacheWriteTokens,
        output: outputTokens,
      },
      at: iso(at),
    }),
  )
}

export type StoredCall = Awaited<ReturnType<typeof listCalls>>[number]

/** How often it was asked what it believes, after the trial with this number. */
export async function listInquiries(database: Database, studyId: string, after: number, limit: number) {
  const rows = await database.orm
    .select()
    .from(inquiries)
    .where(and(eq(inquiries.studyId, studyId), gt(inquiries.number, after)))
    .orderBy(asc(inquiries.number))
    .limit(limit)
  return rows.map(({ studyId: _, adviser: __, adviserUntil: ___, at, answeredAt, ...row }) => ({
    ...row,
    at: iso(at),
    answeredAt: iso(answeredAt),
  }))
}

export type Inquiry = Awaited<ReturnType<typeof listInquiries>>[number]
