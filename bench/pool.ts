/** Work spread over child processes. One that dies takes only its own job with it: a job's fault is its answer. */
import { type ChildProcess, fork } from 'node:child_process'

/** So many at once, begun in their order, for work that runs in processes of its own. */
export async function atOnce<Job>(
  jobs: Iterable<Job>,
  count: number,
  run: (job: Job) => Promise<void>,
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const lanes = Array.from({ length: count }, async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await run(next.value)
  })
  await Promise.all(lanes)
}

export type Answer<Done> = { readonly done: Done } | { readonly fault: string }

/** Answers come in the order in which they are ready. `worker` is a module that calls `work`. */
export async function pool<Job extends object, Done>(
  worker: URL,
  jobs: Iterable<Job>,
  processes: number,
  answered: (job: Job, answer: Answer<Done>) => void,
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const children = Array.from({ length: processes }, async () => {
    let child: ChildProcess | undefined
    for (let next = queue.next(); !next.done; next = queue.next()) {
      child ??= fork(worker)
      answered(next.value, await ask<Done>(child, next.value))
      if (child.exitCode !== null || child.signalCode !== null) child = undefined
    }
    child?.disconnect()
  })
  await Promise.all(children)
}

/** The child's side: answers every job that it is sent, and ends with whoever sent them. */
export function work<Job extends object, Done>(run: (job: Job) => Promise<Done>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', async (job: Job) => {
    const answer = await run(job).then(
      (done) => ({ done }),
      (error: Error) => ({ fault: error.message }),
    )
    process.send!(answer)
  })
}

function ask<Done>(child: ChildProcess, job: object): Promise<Answer<Done>> {
  return new Promise((resolve) => {
    const settle = (answer: Answer<Done>) => {
      child.off('message', settle).off('exit', died)
      resolve(answer)
    }
    const died = (code: number | null, signal: string | null) =>
      settle({ fault: `its process ended with ${signal ?? `code ${code}`}` })
    child.on('message', settle).on('exit', died)
    child.send(job)
  })
}

/** The worker.ts that lies beside a module: built, or as it is while it is written. */
export function workerBeside(module: string): URL {
  return new URL(`./worker${module.endsWith('.ts') ? '.ts' : '.js'}`, module)
}
