/**
 * Replayed models: `replay:NAME` answers from a recording instead of asking a model (CHIRON_REPLAYS). The answer is the one that was
 * recorded in the nearest state of a search: to the same kind of question, by incumbent and round. Every answer says so.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Params, Space, Value } from '../../../search-spaces/index.js'
import { NO_TOKENS } from '../../domain/advice.js'
import type { CallPurpose } from '../../domain/enums.js'
import { Fault } from '../../faults.js'
import { isObject, jsonObjects } from './answer.js'
import type { PromptState, Provider, Reply } from './provider.js'

const valueSchema = z.union([z.number(), z.string(), z.boolean()])

const answerSchema = z.strictObject({
  /** Predictions of candidates are not replayed: they are of other candidates. */
  question: z.enum(['configuration', 'beliefs', 'candidates']),
  /** The number of the trial that was asked for. */
  round: z.number().int().min(0),
  /** The best configuration at that time; null where no trial had succeeded. */
  incumbent: z.record(z.string(), valueSchema).nullable(),
  /** As the model said it: its text, or the object in it. */
  answer: z.union([z.string().min(1).max(100_000), z.record(z.string(), z.unknown())]),
})

const recordingSchema = z.strictObject({
  /** Which model was recorded, by whom and when. */
  source: z.string().min(1).max(500),
  /** A state that is farther away has no answer. */
  within: z.number().min(0).max(1).default(0.25),
  answers: z.array(answerSchema).min(1).max(100_000),
})

const fileSchema = z.strictObject({
  recordings: z.record(z.string().regex(/^[\w.-]{1,100}$/, 'must be a word'), recordingSchema),
})

export type Recordings = Readonly<Record<string, z.output<typeof recordingSchema>>>
type Recording = Recordings[string]

export async function readRecordings(file: string | undefined): Promise<Recordings> {
  if (file === undefined) return {}
  const read = await readFile(file, 'utf8')
    .then((text) => fileSchema.safeParse(JSON.parse(text)))
    .catch((error: Error) => ({ success: false, error }) as const)
  if (read.success) return read.data.recordings
  const why =
    'issues' in read.error
      ? read.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; ')
      : read.error.message.replace(/\s+/g, ' ')
  throw new Fault(
    'invalid_request',
    `CHIRON_REPLAYS ${file} cannot be used: ${why} (docs/endpoints.md has its form)`,
  )
}

/** The request has the state and the answer that was found, so that what is recorded of a call shows both. */
interface ReplayRequest {
  readonly replay: string
  readonly source: string
  readonly question: CallPurpose
  readonly round: number
  readonly incumbent: Params | null
  readonly nearest: { readonly answer: number; readonly distance: number } | null
}

export function replayProvider(recordings: Recordings): Provider {
  return {
    body({ model, state }): ReplayRequest {
      const { question, round, incumbent } = state
      const { source } = recordings[model]!
      return {
        replay: model,
        source,
        question,
        round,
        incumbent,
        nearest: nearestAnswer(recordings[model]!, state),
      }
    },
    send: async (request) => replyOf(recordings, request as ReplayRequest),
  }
}

export function nearestAnswer({ answers }: Recording, state: PromptState): ReplayRequest['nearest'] {
  let nearest: ReplayRequest['nearest'] = null
  for (const [i, recorded] of answers.entries()) {
    if (recorded.question !== state.question) continue
    const distance = distanceOf(recorded, state)
    if (nearest === null || distance < nearest.distance) nearest = { answer: i, distance }
  }
  return nearest
}

/** From 0 to 1: half of it how far the incumbents are apart, half how far the rounds are. */
function distanceOf(
  recorded: Recording['answers'][number],
  { round, incumbent, space }: PromptState,
): number {
  const rounds = Math.abs(recorded.round - round) / Math.max(1, recorded.round, round)
  return (distanceBetween(space, recorded.incumbent, incumbent) + rounds) / 2
}

/** The mean over the parameters of their distance on the unit scale. */
function distanceBetween(
  space: Space,
  a: Readonly<Record<string, Value>> | null,
  b: Readonly<Record<string, Value>> | null,
): number {
  if (a === null || b === null) return a === b ? 0 : 1
  const each = space.searched.map((parameter) => {
    const [left, right] = [a[parameter.name], b[parameter.name]]
    if (left === right) return 0
    const isThere = left !== undefined && right !== undefined
    const isNear = isThere && parameter.numeric && parameter.accepts(left) && parameter.accepts(right)
    return isNear ? Math.abs(parameter.toUnit(left) - parameter.toUnit(right)) : 1
  })
  return each.reduce((sum, distance) => sum + distance, 0) / Math.max(1, each.length)
}

function replyOf(recordings: Recordings, { replay, question, nearest }: ReplayRequest): Reply {
  const { within, answers } = recordings[replay]!
  if (nearest === null)
    return unmatched(`the recording ${replay} has no answer to a question for ${question}`)
  const far = nearest.distance.toFixed(3)
  if (nearest.distance > within)
    return unmatched(
      `the recording ${replay} has no answer near this state: the nearest, ${nearest.answer}, is ${far} away, and \`within\` is ${within}`,
    )
  const said = `replayed from ${replay}, answer ${nearest.answer} at a distance of ${far}`
  const text = textOf(answers[nearest.answer]!.answer, said)
  return { ok: true, said: { text, thinking: said, tokens: NO_TOKENS } }
}

function unmatched(message: string): Reply {
  return { ok: false, outcome: 'rejected', message, again: false }
}

/** The trial's note comes from the reasoning, so it says that this is a replay. A text without an object stays as it is. */
function textOf(answer: Recording['answers'][number]['answer'], said: string): string {
  const object = isObject(answer) ? answer : jsonObjects(answer as string)[0]
  if (object === undefined) return answer as string
  const { reasoning } = object
  return JSON.stringify({
    ...object,
    reasoning: typeof reasoning === 'string' ? `${said}: ${reasoning}` : said,
  })
}

export const REPLAY = 'replay'

export function isReplay(model: string): boolean {
  return model.startsWith(`${REPLAY}:`)
}
