/** Opaque cursors: where a page ended, and of which list, so that one is not used with another. */
import type { z } from 'zod'
import { Fault } from '../faults.js'

export function toCursor(list: string, ...key: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url')
}

/** `form`: what a key of this list looks like. A cursor comes from outside, where anything can be written into it. */
export function fromCursor<Key>(list: string, cursor: string, form: z.ZodType<Key>): Key {
  try {
    const [of, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (of === list) return form.parse(key)
  } catch {}
  const message = 'is not a nextCursor of this list: begin without one'
  throw new Fault('invalid_cursor', `cursor: ${message}`, { errors: [{ path: 'cursor', message }] })
}
