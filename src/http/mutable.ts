/** Answers of the service are read-only values; the types of response schemas are not. This is the same value, typed as they are. */
export type Mutable<T> = T extends (infer One)[] | readonly (infer One)[]
  ? number extends T['length']
    ? Mutable<One>[]
    : { -readonly [K in keyof T]: Mutable<T[K]> }
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T

export function asAnswer<T>(value: T): Mutable<T> {
  return value as Mutable<T>
}
