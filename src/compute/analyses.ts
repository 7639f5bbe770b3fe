/**
 * Answers questions about studies' models in a worker thread of its own: no search waits for it, and neither does a request.
 * The thread starts with the first question and ends when nobody has asked for a while.
 */
import type { Expectation, Importances, Surface } from '../../optimizers/importance/index.js'
import type { Params } from '../../search-spaces/index.js'
import { Fault } from '../faults.js'
import { startThread } from '../thread.js'
import { Analyst, type Question, type SurfaceRequest, type TrialsToFit } from './analysis.js'
import type { Answered, Asked } from './analysis-worker.js'

/** A thread holds some tens of megabytes. */
const IDLE_MS = 60_000

export class Analyses {
  private thread?: AnalysisThread
  private closed = false
  private readonly analyst = new Analyst()

  /** `inThread` false computes in the calling thread. */
  constructor(private readonly inThread: boolean) {}

  importances(trials: TrialsToFit): Promise<Importances> {
    return this.ask<Importances>(trials, { kind: 'importances' })
  }

  surface(trials: TrialsToFit, request: SurfaceRequest): Promise<Surface & { readonly at: Params }> {
    return this.ask(trials, { kind: 'surface', request })
  }

  expectations(trials: TrialsToFit, configurations: readonly Params[]): Promise<readonly Expectation[]> {
    return this.ask(trials, { kind: 'expectations', configurations })
  }

  async close(): Promise<void> {
    this.closed = true
    await this.thread?.end()
  }

  private async ask<T>(trials: TrialsToFit, question: Question): Promise<T> {
    if (this.closed) throw unavailable('the service is stopping')
    if (!this.inThread) return this.analyst.answer(trials, question) as T
    this.thread ??= new AnalysisThread(() => {
      this.thread = undefined as never
    })
    return this.thread.ask(trials, question) as Promise<T>
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

class AnalysisThread {
  private readonly worker = startThread('./analysis-worker', import.meta.url)
  private readonly waiting = new Map<number, Waiting>()
  private calls = 0
  private idle?: NodeJS.Timeout

  constructor(private readonly onEnd: () => void) {
    this.worker.unref()
    this.worker.on('message', (message: Answered) => this.receive(message))
    this.worker.on('error', (error) => this.lose(error.message))
    this.worker.on('exit', (code) => this.lose(`its thread ended with code ${code}`))
  }

  ask(trials: TrialsToFit, question: Question): Promise<unknown> {
    clearTimeout(this.idle)
    const call = ++this.calls
    return new Promise((resolve, reject) => {
      this.waiting.set(call, { resolve, reject })
      this.worker.ref()
      this.worker.postMessage({ call, trials, question } satisfies Asked)
    })
  }

  async end(): Promise<void> {
    this.lose('the service is stopping')
    await this.worker.terminate()
  }

  private receive({ call, answer }: Answered): void {
    const waiting = this.waiting.get(call)
    this.waiting.delete(call)
    if (answer.ok) waiting?.resolve(answer.value)
    else waiting?.reject(Object.assign(new Error(answer.message), { stack: answer.stack }))
    if (this.waiting.size > 0) return
    this.worker.unref()
    this.idle = setTimeout(() => void this.end(), IDLE_MS).unref()
  }

  private lose(why: string): void {
    clearTimeout(this.idle)
    this.onEnd()
    for (const { reject } of this.waiting.values()) reject(unavailable(why))
    this.waiting.clear()
  }
}

function unavailable(why: string): Fault {
  return new Fault('search_unavailable', `The model could not be computed: ${why}. Send the request again`)
}
