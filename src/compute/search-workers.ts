/**
 * Worker threads for searches. A search is opened in the thread that holds fewest and stays there. Threads start with the
 * first search that needs one. A thread that ends by itself takes its searches with it: every call on them is refused with
 * SearchLostError, and the caller opens the search again, in another thread.
 */
import {
  type Beliefs,
  type EarlierStudy,
  type Json,
  type OptimizerTraits,
  OptionsError,
  SnapshotError,
} from '../../optimizers/contract.js'
import type { SearchObservation } from '../../optimizers/search.js'
import type { Params } from '../../search-spaces/index.js'
import type { SpecRequest } from '../domain/decode-spec.js'
import type { StudySpec } from '../domain/spec.js'
import { Fault } from '../faults.js'
import { startThread } from '../thread.js'
import type { Call, Change, ErrorMessage, FromWorker, ToWorker } from './messages.js'
import { type ProposeRequest, type ScoreRequest, SearchLostError, type StudySearch } from './study-search.js'

/** Searches are numbered from 1. */
const NO_SEARCH = 0

export class SearchWorkers {
  private readonly threads: SearchThread[] = []
  private closed = false

  constructor(private readonly most: number) {}

  async open(spec: StudySpec, snapshot?: Json, earlier: readonly EarlierStudy[] = []): Promise<StudySearch> {
    if (this.closed) throw new SearchLostError('The service is stopping', true)
    return this.leastBusy().open(spec, snapshot, earlier)
  }

  async checkSpec(given: SpecRequest, model: string | null): Promise<StudySpec> {
    if (this.closed) throw new SearchLostError('The service is stopping', true)
    return this.leastBusy().call<StudySpec>(NO_SEARCH, { method: 'checkSpec', given, model })
  }

  /** Ends the threads. Calls that wait are refused. */
  async close(): Promise<void> {
    this.closed = true
    await Promise.all(this.threads.splice(0).map((thread) => thread.end()))
  }

  /** How many threads run. */
  get size(): number {
    return this.threads.length
  }

  private leastBusy(): SearchThread {
    const [first] = [...this.threads].sort((a, b) => a.held - b.held)
    if (first !== undefined && (first.held === 0 || this.threads.length >= this.most)) return first
    const thread = new SearchThread(() => {
      const place = this.threads.indexOf(thread)
      if (place >= 0) this.threads.splice(place, 1)
    })
    this.threads.push(thread)
    return thread
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

class SearchThread {
  /** Searches that are open in this thread. */
  held = 0
  private readonly worker = startThread('./search-worker', import.meta.url)
  private readonly waiting = new Map<number, Waiting>()
  private readonly bytes = new Map<number, number>()
  private calls = 0
  private searches = 0
  private lost?: SearchLostError

  constructor(private readonly onEnd: () => void) {
    this.worker.unref()
    this.worker.on('message', (message: FromWorker) => this.receive(message))
    this.worker.on('error', (error) => this.lose(lostBy(error.message)))
    this.worker.on('exit', (code) => this.lose(lostBy(`it ended with code ${code}`)))
  }

  async open(spec: StudySpec, snapshot?: Json, earlier: readonly EarlierStudy[] = []): Promise<StudySearch> {
    const search = ++this.searches
    this.held++
    try {
      const opened = await this.call<OptimizerTraits>(search, { method: 'open', spec, snapshot, earlier })
      return new WorkerSearch(this, search, opened)
    } catch (error) {
      this.held--
      throw error
    }
  }

  call<T>(search: number, what: Call): Promise<T> {
    if (this.lost !== undefined) return Promise.reject(this.lost)
    const call = ++this.calls
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(call, { resolve: resolve as Waiting['resolve'], reject })
      this.worker.ref() // the process may not end while somebody waits for an answer
      this.worker.postMessage({ search, call, what } satisfies ToWorker)
    })
  }

  change(search: number, what: Change): void {
    if (this.lost === undefined) this.worker.postMessage({ search, what } satisfies ToWorker)
  }

  close(search: number): void {
    this.change(search, { method: 'close' })
    this.bytes.delete(search)
    this.held--
  }

  bytesOf(search: number): number {
    return this.bytes.get(search) ?? 0
  }

  async end(): Promise<void> {
    this.lose(new SearchLostError('The service is stopping', true))
    await this.worker.terminate()
  }

  private receive({ search, call, bytes, answer }: FromWorker): void {
    const waiting = this.waiting.get(call)
    this.waiting.delete(call)
    if (this.waiting.size === 0) this.worker.unref()
    this.bytes.set(search, bytes)
    if (answer.ok) waiting?.resolve(answer.value)
    else waiting?.reject(errorOf(answer.error))
  }

  private lose(lost: SearchLostError): void {
    if (this.lost !== undefined) return
    this.lost = lost
    for (const { reject } of this.waiting.values()) reject(lost)
    this.waiting.clear()
    this.onEnd()
  }
}

class WorkerSearch implements StudySearch {
  constructor(
    private readonly thread: SearchThread,
    private readonly search: number,
    readonly optimizer: OptimizerTraits,
  ) {}

  propose(request: ProposeRequest) {
    return this.call<Awaited<ReturnType<StudySearch['propose']>>>({ method: 'propose', request })
  }

  inspect(params: Params) {
    return this.call<Awaited<ReturnType<StudySearch['inspect']>>>({ method: 'inspect', params })
  }

  score(request: ScoreRequest) {
    return this.call<number[] | undefined>({ method: 'score', request })
  }

  recommend() {
    return this.call<Awaited<ReturnType<StudySearch['recommend']>>>({ method: 'recommend' })
  }

  toConfirm(count: number) {
    return this.call<Params[]>({ method: 'toConfirm', count })
  }

  describe() {
    return this.call<Awaited<ReturnType<StudySearch['describe']>>>({ method: 'describe' })
  }

  snapshot() {
    return this.call<Json>({ method: 'snapshot' })
  }

  observe(observation: SearchObservation): void {
    this.thread.change(this.search, { method: 'observe', observation })
  }

  believe(beliefs: Beliefs): void {
    this.thread.change(this.search, { method: 'believe', beliefs })
  }

  bytes(): number {
    return this.thread.bytesOf(this.search)
  }

  close(): void {
    this.thread.close(this.search)
  }

  private call<T>(what: Call): Promise<T> {
    return this.thread.call<T>(this.search, what)
  }
}

function lostBy(why: string): SearchLostError {
  return new SearchLostError(`The worker thread of this search has ended: ${why}`)
}

function errorOf({ name, message, stack, path, fault }: ErrorMessage): Error {
  if (fault !== undefined) return new Fault(fault.code, message, fault.extra)
  if (name === 'SnapshotError') return new SnapshotError(message)
  if (name === 'OptionsError') return new OptionsError(path ?? '', message)
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
