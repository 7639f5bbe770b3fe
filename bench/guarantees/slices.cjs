/**
 * Preloaded into a server (NODE_OPTIONS=--require). Writes into the file SLICES how much processor time a thread took for
 * one turn of its event loop, where that was long: the time in which it answers nobody. Processor time does not depend
 * on what else the machine does.
 */
const { appendFileSync, readFileSync } = require('node:fs')
const { isMainThread, workerData } = require('node:worker_threads')

const LONG_MS = 5
const thread = isMainThread ? 'requests' : workerData?.folder === undefined ? 'search' : 'database'
let before = processorMs()

/** At the end of each turn; unref'd, so that an idle thread sleeps. */
function look() {
  const now = processorMs()
  if (now - before > LONG_MS) appendFileSync(process.env.SLICES, `${thread} ${(now - before).toFixed(1)}\n`)
  before = processorMs()
  setImmediate(look).unref()
}

function processorMs() {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
}

setImmediate(look).unref()
