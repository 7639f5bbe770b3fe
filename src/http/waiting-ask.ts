/** Long polling for asks: an ask without a trial waits, up to `seconds`, until its study changes. */
import type { FastifyRequest } from 'fastify'
import type { StudyNotifier } from '../engine/study-notifier.js'
import type { AskAnswer } from '../trials/commands/ask.js'

/** Changes by other servers send no notification to this one, so the ask is repeated this often. */
const POLL_MS = 500

export async function askAndWait(
  take: () => Promise<AskAnswer>,
  studyId: string,
  seconds: number,
  notifier: StudyNotifier,
  request: FastifyRequest,
): Promise<AskAnswer> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const given = await take()
    const left = until - Date.now()
    const answered = given.trials.length > 0 || given.reason?.code === 'finished'
    if (answered || left <= 0 || request.socket.destroyed || notifier.closed) return given
    await notifier.wait(studyId, Math.min(left, POLL_MS))
  }
}
