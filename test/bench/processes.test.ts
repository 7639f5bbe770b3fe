import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { startPeer } from '../../bench/peers/process.js'
import { type Answer, pool } from '../../bench/pool.js'

const folder = mkdtempSync(join(tmpdir(), 'chiron-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

function script(name: string, source: string): string {
  const file = join(folder, name)
  writeFileSync(file, source)
  return file
}

const echo = script(
  'echo.mjs',
  `import { createInterface } from 'node:readline'
   for await (const line of createInterface({ input: process.stdin })) {
     const message = JSON.parse(line)
     if (message.die) { console.error('Traceback:'); console.error('ValueError: no'); process.exit(1) }
     console.log(JSON.stringify({ got: message, threads: process.env.OMP_NUM_THREADS }))
   }`,
)

describe('a peer in a process of its own', () => {
  it('answers one question after the other, and ends when it is let go', async () => {
    const peer = startPeer(process.execPath, echo)
    expect(await peer.request({ ask: 0 })).toEqual({ got: { ask: 0 }, threads: '1' })
    expect(await peer.request({ tell: 'ä\n' })).toMatchObject({ got: { tell: 'ä\n' } })
    peer.close()
    expect(await peer.receive()).toBeUndefined()
  })

  it('that dies leaves its last words', async () => {
    const peer = startPeer(process.execPath, echo)
    await expect(peer.request({ die: true })).rejects.toThrow('ValueError: no')
    await expect(peer.request({ ask: 1 })).rejects.toThrow('ValueError: no')
  })

  it('that is not there is a fault, not a crash', async () => {
    const peer = startPeer(join(folder, 'no-such-python'), echo)
    await expect(peer.request({ ask: 0 })).rejects.toThrow('ENOENT')
  })
})

describe('the pool', () => {
  const worker = pathToFileURL(
    script(
      'worker.mjs',
      `process.on('message', ({ n }) => {
         if (n === 3) process.exit(9)
         process.send(n === 4 ? { fault: 'four' } : { done: n * n })
       })`,
    ),
  )
  const jobs = [1, 2, 3, 4, 5].map((n) => ({ n }))

  it('answers every job, one whose process died included, and goes on', async () => {
    const answers = new Map<number, Answer<number>>()
    await pool<{ n: number }, number>(worker, jobs, 2, ({ n }, answer) => answers.set(n, answer))
    expect([1, 2, 3, 4, 5].map((n) => answers.get(n))).toEqual([
      { done: 1 },
      { done: 4 },
      { fault: 'its process ended with code 9' },
      { fault: 'four' },
      { done: 25 },
    ])
  })

  it('does nothing where there is nothing to do', async () => {
    await pool(worker, [], 2, () => expect.unreachable())
  })
})
