/** The worker thread of analyses.ts: it answers one question after the other. */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { Analyst, type Question, type TrialsToFit } from './analysis.js'

export interface Asked {
  readonly call: number
  readonly trials: TrialsToFit
  readonly question: Question
}

export interface Answered {
  readonly call: number
  readonly answer:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly message: string; readonly stack?: string }
}

/** On Linux the priority is the thread's own: whoever waits for a trial goes first. */
if (process.platform === 'linux') setPriority(15)

const analyst = new Analyst()

parentPort?.on('message', ({ call, trials, question }: Asked) => {
  parentPort!.postMessage({ call, answer: answerTo(trials, question) } satisfies Answered)
})

function answerTo(trials: TrialsToFit, question: Question): Answered['answer'] {
  try {
    return { ok: true, value: analyst.answer(trials, question) }
  } catch (error) {
    const { message, stack } = error as Error
    return { ok: false, message, ...(stack && { stack }) }
  }
}
