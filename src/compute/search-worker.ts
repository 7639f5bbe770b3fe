/** The worker thread: it holds searches and answers what search-workers.ts asks of them, one message after the other. */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { checkSpec } from '../domain/decode-spec.js'
import { Fault } from '../faults.js'
import type { InlineSearch } from './inline-search.js'
import type { Call, Change, ErrorMessage, FromWorker, ToWorker } from './messages.js'
import { openSearchOf } from './open-search.js'

/** On Linux the priority is the thread's own: where processors are short, the thread that answers requests goes first. */
if (process.platform === 'linux') setPriority(10)

interface Held {
  readonly search?: InlineSearch
  /** What went wrong with a change: every later call is refused with it. */
  fault?: unknown
}

const held = new Map<number, Held>()

/** Messages are answered in the order in which they came: a call sees every change that was sent before it. */
let last: Promise<void> = Promise.resolve()
parentPort!.on('message', (message: ToWorker) => {
  last = last.then(() => handle(message))
})

async function handle(message: ToWorker): Promise<void> {
  if (!('call' in message)) return change(message.search, message.what)
  const { search, call, what } = message
  const answer = await answerOf(search, what)
  const bytes = held.get(search)?.search?.bytes() ?? 0
  parentPort!.postMessage({ search, call, bytes, answer } satisfies FromWorker)
}

async function answerOf(id: number, call: Call): Promise<FromWorker['answer']> {
  try {
    if (call.method === 'open') {
      const search = openSearchOf(call.spec, call.snapshot, call.earlier)
      held.set(id, { search })
      return { ok: true, value: search.optimizer }
    }
    if (call.method === 'checkSpec') return { ok: true, value: checkSpec(call.given, call.model) }
    return { ok: true, value: await resultOf(healthy(id), call) }
  } catch (error) {
    return { ok: false, error: errorMessage(error) }
  }
}

function resultOf(
  search: InlineSearch,
  call: Exclude<Call, { method: 'open' | 'checkSpec' }>,
): Promise<unknown> {
  switch (call.method) {
    case 'propose':
      return search.propose(call.request)
    case 'inspect':
      return search.inspect(call.params)
    case 'score':
      return search.score(call.request)
    case 'toConfirm':
      return search.toConfirm(call.count)
    case 'recommend':
    case 'describe':
    case 'snapshot':
      return search[call.method]()
  }
}

function change(id: number, change: Change): void {
  if (change.method === 'close') {
    held.delete(id)
    return
  }
  const entry = held.get(id)
  if (entry?.search === undefined || entry.fault !== undefined) return
  try {
    if (change.method === 'observe') entry.search.observe(change.observation)
    else entry.search.believe(change.beliefs)
  } catch (error) {
    entry.fault = error
  }
}

function healthy(id: number): InlineSearch {
  const entry = held.get(id)
  if (entry?.search === undefined) throw new Error('this search is not open')
  if (entry.fault !== undefined) throw entry.fault
  return entry.search
}

function errorMessage(error: unknown): ErrorMessage {
  const { name, message, stack, path } = error as Error & { path?: string }
  const fault = error instanceof Fault ? { code: error.code, extra: error.extra } : undefined
  return {
    name,
    message,
    ...(stack && { stack }),
    ...(path !== undefined && { path }),
    ...(fault && { fault }),
  }
}
