/** An ask that finds nothing to do may wait, a bounded while, for something to happen in its study. */
import type { FastifyRequest } from 'fastify'
import type { Asked } from '../trials/ask.js'
import type { Moved } from '../trials/moved.js'

/** Another server's doings are not heard of here: look again this often. */
const LOOK_AGAIN_MS = 500

export async function untilThereIsWork(
  take: () => Promise<Asked>,
  studyId: string,
  seconds: number,
  moved: Moved,
  request: FastifyRequest,
): Promise<Asked> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const given = await take()
    const left = until - Date.now()
    const answered = given.trials.length > 0 || given.reason?.code === 'finished'
    if (answered || left <= 0 || request.socket.destroyed || moved.closed) return given
    await moved.wait(studyId, Math.min(left, LOOK_AGAIN_MS))
  }
}
