/**
 * Maps a continuous range to the unit interval and back, exactly.
 *
 * The round trip (for a logarithmic range through log and exp) loses the last bits of a double. So values are rounded
 * to the decimal digits that survive it, 10 to 13 of them, and values close to a bound become the bound:
 * `fromUnit(toUnit(v))` equals v for every v that `fromUnit` returns.
 */
export interface Scale {
  toUnit(value: number): number
  fromUnit(unit: number): number
}

const EPSILON = 2 ** -52

/** The largest error of the arithmetic, as a fraction of the rounding step. */
const SLACK = 0.01

export function linearScale(low: number, high: number): Scale {
  const width = high - low
  const magnitude = Math.max(Math.abs(low), Math.abs(high))
  const digits = Math.floor(Math.log10(SLACK / (2 * EPSILON * magnitude)))
  const round = roundWithinBounds(low, high)
  const perUnit = powerOfTen(digits)
  return {
    toUnit: (value) => clampToUnit((value - low) / width),
    fromUnit: (unit) => round(low + clampToUnit(unit) * width, perUnit),
  }
}

export function logScale(low: number, high: number): Scale {
  const start = Math.log(low)
  const width = Math.log(high) - start
  const magnitude = Math.max(Math.abs(start), Math.abs(start + width))
  const digits = Math.floor(Math.log10(SLACK / (EPSILON * (magnitude + 2)))) - 1
  const round = roundWithinBounds(low, high)
  return {
    toUnit: (value) => clampToUnit((Math.log(value) - start) / width),
    fromUnit: (unit) => {
      const exponent = start + clampToUnit(unit) * width
      return round(Math.exp(exponent), powerOfTen(digits - Math.floor(exponent / Math.LN10)))
    },
  }
}

/** Rounds to multiples of 1/perUnit. A value within half a step of a bound becomes the bound. */
function roundWithinBounds(low: number, high: number): (value: number, perUnit: number) => number {
  return (value, perUnit) => {
    const rounded = Math.round(value * perUnit) / perUnit + 0 // never -0
    if ((rounded - low) * perUnit <= 0.5 + SLACK) return low
    if ((high - rounded) * perUnit <= 0.5 + SLACK) return high
    return rounded
  }
}

/** Powers of ten, exact up to 10^22, so that a division by one gives the double nearest to the decimal. */
const POWERS = Array.from({ length: 601 }, (_, i) => Number(`1e${i - 300}`))

function powerOfTen(exponent: number): number {
  return POWERS[Math.max(-300, Math.min(300, exponent)) + 300]!
}

function clampToUnit(unit: number): number {
  return unit < 0 ? 0 : unit > 1 ? 1 : unit
}
