/** A peer in a process of its own, spoken to in JSON lines. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface PeerProcess {
  send(message: object): void
  /** What it says next; undefined once it has ended well. */
  receive(): Promise<object | undefined>
  /** One question, one answer. */
  request(message: object): Promise<object>
  /** Lets it end. */
  close(): void
}

export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly code = 'peer_failed'
}

const KEPT_LINES = 20

/** One thread for the peer's numerics: two processes share the machine, and so all rows do with one core each. */
const environment = {
  ...process.env,
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  PYTHONWARNINGS: 'ignore',
  PYTHONDONTWRITEBYTECODE: '1',
}

export function startPeer(python: string, script: string, words: readonly string[] = []): PeerProcess {
  const child = spawn(python, [script, ...words], { env: environment, stdio: 'pipe' })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > KEPT_LINES) said.shift()
  })
  // A peer that dies closes its pipe under us: the missing answer tells, with its last words.
  child.stdin.on('error', () => {})
  const fault = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : (said.at(-1) ?? `ended with ${signal ?? code}`)),
    )
  })
  const peer: PeerProcess = {
    send(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`)
    },
    async receive() {
      const { value, done } = await lines.next()
      if (!done) return JSON.parse(value)
      const because = await fault
      if (because !== undefined) throw new PeerError(because)
    },
    async request(message) {
      peer.send(message)
      const answer = await peer.receive()
      if (answer) return answer
      throw new PeerError('it ended before it answered')
    },
    close() {
      child.stdin.end()
    },
  }
  return peer
}
