/** Sums of products, four at a time: a single sum would have to wait for each addition before the next. */

export function dot(a: Float64Array, b: Float64Array, length = a.length): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    s0 += a[i]! * b[i]!
    s1 += a[i + 1]! * b[i + 1]!
    s2 += a[i + 2]! * b[i + 2]!
    s3 += a[i + 3]! * b[i + 3]!
  }
  for (; i < length; i++) s0 += a[i]! * b[i]!
  return s0 + s1 + (s2 + s3)
}

export function add(sum: Float64Array, weight: number, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!
}
