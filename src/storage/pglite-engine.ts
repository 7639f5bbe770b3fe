/**
 * The embedded database in a thread of its own: neither a slow statement nor its end takes the server's thread with it.
 * The two sides exchange messages of Postgres's wire protocol, and answers come in the order of the requests.
 */
import type { Worker } from 'node:worker_threads'
import { type parse, protocol } from '@electric-sql/pglite'
import { Fault } from '../faults.js'
import { startThread } from '../thread.js'
import type { EngineData, FromEngine, ToEngine } from './pglite-thread.js'

export type EngineMessages = Parameters<typeof parse.parseResults>[0]
type Message = EngineMessages[number]

interface Waiting {
  readonly resolve: (messages: EngineMessages) => void
  readonly reject: (error: unknown) => void
}

export class PgliteEngine {
  private readonly waiting: Waiting[] = []
  private lost?: Fault
  private isClosing = false

  private constructor(
    private readonly worker: Worker,
    private readonly onLost: (reason: string) => void,
  ) {
    worker.on('message', (message: FromEngine) => {
      if (typeof message !== 'string') this.receive(message)
    })
    worker.on('error', (error) => this.lose(error.message))
    worker.on('exit', () => this.lose('its thread ended'))
    worker.unref() // an idle database does not keep a process alive
  }

  /** `onLost` is called where the engine ends by itself, once the requests that wait are refused. */
  static async open(data: EngineData, onLost: (reason: string) => void): Promise<PgliteEngine> {
    const worker = startThread('./pglite-thread', import.meta.url, data)
    await answerOf(worker, 'ready')
    return new PgliteEngine(worker, onLost)
  }

  /** Sends messages of the protocol and returns what the engine says to them. An SQL error is thrown. */
  async exchange(messages: readonly Uint8Array[]): Promise<EngineMessages> {
    if (this.lost !== undefined) throw this.lost
    const answered = new Promise<EngineMessages>((resolve, reject) => this.waiting.push({ resolve, reject }))
    this.worker.ref() // the process may not end while somebody waits for an answer
    this.worker.postMessage(Buffer.concat(messages) satisfies ToEngine)
    const answer = await answered
    const error = answer.find(isError)
    if (error !== undefined) throw error
    return answer
  }

  /** Call it when no request waits. */
  async close(): Promise<void> {
    if (this.lost !== undefined) return
    this.isClosing = true
    this.worker.ref()
    this.worker.postMessage('close' satisfies ToEngine)
    await answerOf(this.worker, 'closed').finally(() => this.worker.terminate())
  }

  private receive(said: Exclude<FromEngine, string>): void {
    if ('abortedBy' in said) this.lose(said.abortedBy)
    else for (const bytes of said.answers) this.waiting.shift()?.resolve(parsed(bytes))
    if (this.waiting.length === 0) this.worker.unref()
  }

  private lose(reason: string): void {
    if (this.lost !== undefined) return
    this.lost = new Fault('database_unavailable', `The embedded database has ended (${reason})`)
    for (const { reject } of this.waiting.splice(0)) reject(this.lost)
    if (!this.isClosing) this.onLost(reason)
  }
}

function parsed(bytes: Uint8Array): EngineMessages {
  const messages: EngineMessages = []
  new protocol.Parser().parse(bytes, (message) => messages.push(message))
  return messages
}

/** Waits for a word of the thread; fails where the thread ends before it. */
function answerOf(worker: Worker, word: FromEngine): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromEngine) => message === word && resolve())
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('its thread ended')))
  })
}

function isError(message: Message): message is InstanceType<typeof protocol.messages.DatabaseError> {
  return message.name === 'error'
}
