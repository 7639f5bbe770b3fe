/** A child process that hears the signals meant for us. */
import { spawn } from 'node:child_process'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Thrown once the child that was passed the signal has ended. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/** Its exit code; a child that a signal ended has none, and counts as 1. */
export async function run(command, args, { started = () => {}, ...options }) {
  const child = spawn(command, args, options)
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  let heard
  const pass = (signal) => {
    heard = signal
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, pass)
  try {
    if (child.pid) started(child.pid)
    const code = await ended
    if (heard) throw new Interrupted(heard)
    return code ?? 1
  } finally {
    for (const signal of signals) process.off(signal, pass)
  }
}

/** Ends this process as the signal would have ended it. */
export function endBy(signal) {
  return new Promise(() => process.kill(process.pid, signal))
}
