/** An ask that finds nothing to do may wait, a bounded while, for something to happen in its study. */
import type { FastifyRequest } from 'fastify'
import type { StudyNotifier } from '../engine/study-notifier.js'
import type { AskAnswer } from '../trials/commands/ask.js'

/** Another server's doings are not heard of here: look again this often. */
const LOOK_AGAIN_MS = 500

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
    await notifier.wait(studyId, Math.min(left, LOOK_AGAIN_MS))
  }
}
