/** Runs a child process and forwards signals to it. */
import { spawn } from 'node:child_process'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Thrown when the child has ended after a forwarded signal. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/** Returns the child's exit code, or 1 if a signal ended it. */
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

/** Ends this process by the same signal. */
export function endBy(signal) {
  return new Promise(() => process.kill(process.pid, signal))
}
