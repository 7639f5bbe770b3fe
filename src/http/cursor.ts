/** Opaque cursors: where a page ended, and of which list, so that one is not used with another. */
import { Fault } from '../faults.js'

export function toCursor(list: string, ...key: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url')
}

export function fromCursor(list: string, cursor: string): (string | number)[] {
  try {
    const [of, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as (string | number)[]
    if (of === list && key.length > 0) return key
  } catch {}
  const message = 'is not a nextCursor of this list: begin without one'
  throw new Fault('invalid_cursor', `cursor: ${message}`, { errors: [{ path: 'cursor', message }] })
}
