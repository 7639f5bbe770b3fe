import type { Worker } from 'node:worker_threads'
import type { Searches } from '../../src/compute/searches.js'

/** Ends the worker threads of searches as running out of memory does: without a word. */
export async function endThreads(searches: Searches): Promise<void> {
  const { threads } = (searches as unknown as { workers: { threads: { worker: Worker }[] } }).workers
  await Promise.all([...threads].map(({ worker }) => worker.terminate()))
}
