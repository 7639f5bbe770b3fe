/**
 * About how many bytes a value takes in memory. Typed arrays count exactly. Of long arrays and maps a sample is measured
 * and multiplied, so that measuring costs the same however long a study is.
 */

const SAMPLE = 32
/** What V8 needs for one object, one member of an object, one entry of a map. */
const OBJECT = 32
const MEMBER = 8
const ENTRY = 48

export function approximateBytes(value: unknown): number {
  return bytesOf(value, new Set())
}

function bytesOf(value: unknown, seen: Set<object>): number {
  if (typeof value === 'string') return 16 + value.length
  if (typeof value !== 'object' || value === null) return MEMBER
  if (seen.has(value)) return MEMBER
  seen.add(value)
  if (ArrayBuffer.isView(value)) return OBJECT + value.byteLength
  if (Array.isArray(value)) return OBJECT + MEMBER * value.length + sampled(value, seen)
  if (value instanceof Map)
    return OBJECT + ENTRY * value.size + sampled([...firstOf(value)], seen, value.size)
  if (value instanceof Set)
    return OBJECT + ENTRY * value.size + sampled([...firstOf(value)], seen, value.size)
  const members = Object.values(value)
  return (
    OBJECT + MEMBER * members.length + members.reduce((sum: number, member) => sum + bytesOf(member, seen), 0)
  )
}

/** The elements of an array, from a sample spread over it. `count`: how many elements the sample stands for. */
function sampled(elements: readonly unknown[], seen: Set<object>, count = elements.length): number {
  if (elements.length === 0) return 0
  const step = Math.max(1, Math.floor(elements.length / SAMPLE))
  let [bytes, measured] = [0, 0]
  for (let i = 0; i < elements.length; i += step, measured++) bytes += bytesOf(elements[i], seen)
  return (bytes / measured) * count
}

function* firstOf<T>(values: Iterable<T>): Generator<T> {
  let given = 0
  for (const value of values) {
    if (given++ >= SAMPLE) return
    yield value
  }
}
