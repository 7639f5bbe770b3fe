import { setTimeout } from 'node:timers/promises'

/**
 * The time of a study's slots. On the wall's clock a trial takes as long as it takes, divided by a speed. On a clock of its own
 * nobody waits: when every slot sleeps, time jumps to the first that is to wake, so trials end in the order in which
 * they would have, and a day passes in as long as it takes to compute.
 */
export interface StudyClock {
  /** Of the simulated world. */
  sleep(seconds: number): Promise<void>
  /** A slot that ends sleeps no more: the others must not wait for it. */
  leave(): void
}

/** Its sleepers are woken by a rejection where the service stops. */
export function wallClock(speed: number, stopped: AbortSignal): StudyClock {
  return {
    sleep: (seconds) => setTimeout((seconds * 1000) / speed, undefined, { signal: stopped }),
    leave: () => {},
  }
}

export function simulatedClock(slots: number): StudyClock {
  const asleep: { readonly at: number; readonly wake: () => void }[] = []
  let now = 0
  let awake = slots
  const next = () => {
    if (awake > 0 || asleep.length === 0) return
    const first = asleep.reduce((a, b) => (b.at < a.at ? b : a))
    asleep.splice(asleep.indexOf(first), 1)
    now = first.at
    awake++
    setImmediate(first.wake) // a clock that never waits must still let requests in
  }
  return {
    sleep: (seconds) =>
      new Promise((wake) => {
        asleep.push({ at: now + seconds, wake })
        awake--
        next()
      }),
    leave: () => {
      awake--
      next()
    },
  }
}
