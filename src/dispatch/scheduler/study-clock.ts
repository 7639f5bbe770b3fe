/**
 * The clock of one study's slots. On the wall's clock a trial takes its own time, divided by a speed. On the simulated
 * clock nobody waits: once every slot sleeps, time jumps to the slot that wakes first. Trials then end in the order in
 * which they would have ended, and a day passes in the time that it takes to compute it.
 */
import { setTimeout } from 'node:timers/promises'

export interface StudyClock {
  /** Sleeps for so many simulated seconds; rejects where the slots are stopped. */
  sleep(seconds: number): Promise<void>
  /** To be called by a slot that ends, so that the others do not wait for it. */
  leave(): void
}

export function wallClock(speed: number, stopped: AbortSignal): StudyClock {
  return {
    sleep: (seconds) => setTimeout((seconds * 1000) / speed, undefined, { signal: stopped }),
    leave: () => {},
  }
}

export function simulatedClock(slots: number, stopped: AbortSignal): StudyClock {
  const asleep: { readonly at: number; readonly wake: () => void }[] = []
  let now = 0
  let awake = slots
  const wakeNext = () => {
    if (awake > 0 || asleep.length === 0) return
    const first = asleep.reduce((a, b) => (b.at < a.at ? b : a))
    asleep.splice(asleep.indexOf(first), 1)
    now = first.at
    awake++
    setImmediate(first.wake) // lets requests in between two slots
  }
  return {
    sleep: (seconds) =>
      new Promise((resolve, reject) => {
        const wake = () => (stopped.aborted ? reject(stopped.reason) : resolve())
        asleep.push({ at: now + seconds, wake })
        awake--
        wakeNext()
      }),
    leave: () => {
      awake--
      wakeNext()
    },
  }
}
