/**
 * Opaque cursors of lists. A cursor holds the list's name and the last key of a page, so it is refused by another list.
 */
import type { z } from 'zod'
import { Fault } from '../faults.js'

export function toCursor(list: string, ...key: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url')
}

/** Validates the key with `keySchema`, because a client can put anything into a cursor. */
export function fromCursor<Key>(list: string, cursor: string, keySchema: z.ZodType<Key>): Key {
  try {
    const [cursorList, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (cursorList === list) return keySchema.parse(key)
  } catch {}
  const message = 'is not a nextCursor of this list: leave it out to begin with the first page'
  throw new Fault('invalid_cursor', `cursor: ${message}`, { errors: [{ path: 'cursor', message }] })
}
