/** Spans of time on an axis, in the unit that gives short numbers. */

export interface TimeUnit {
  readonly name: 'seconds' | 'minutes' | 'hours' | 'days'
  /** How many of them an hour has. */
  readonly perHour: number
}

export function timeUnit(hours: number): TimeUnit {
  if (hours < 0.05) return { name: 'seconds', perHour: 3600 }
  if (hours < 3) return { name: 'minutes', perHour: 60 }
  if (hours < 96) return { name: 'hours', perHour: 1 }
  return { name: 'days', perHour: 1 / 24 }
}
