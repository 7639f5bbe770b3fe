/**
 * A continuous range on the unit interval, exact both ways.
 *
 * The way there and back (for a logarithmic range through log and exp) loses the last bits of a double. So values are
 * rounded to the decimal digits that survive it, 10 to 13 of them, and what rounds to a bound is the bound:
 * `fromUnit(toUnit(v))` is v for every v that `fromUnit` gives, and the values read well.
 */
export interface Scale {
  toUnit(value: number): number
  fromUnit(unit: number): number
}

const EPSILON = 2 ** -52

/** Of a grid's step: how far the arithmetic may carry a value from where it belongs. */
const SLACK = 0.01

export function linearScale(low: number, high: number): Scale {
  const width = high - low
  const magnitude = Math.max(Math.abs(low), Math.abs(high))
  const digits = Math.floor(Math.log10(SLACK / (2 * EPSILON * magnitude)))
  const round = rounding(low, high)
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
  const round = rounding(low, high)
  return {
    toUnit: (value) => clampToUnit((Math.log(value) - start) / width),
    fromUnit: (unit) => {
      const exponent = start + clampToUnit(unit) * width
      return round(Math.exp(exponent), powerOfTen(digits - Math.floor(exponent / Math.LN10)))
    },
  }
}

/** To a whole number of 1/perUnit; whatever lies within half of that from a bound is the bound. */
function rounding(low: number, high: number): (value: number, perUnit: number) => number {
  return (value, perUnit) => {
    const rounded = Math.round(value * perUnit) / perUnit + 0 // never -0
    if ((rounded - low) * perUnit <= 0.5 + SLACK) return low
    if ((high - rounded) * perUnit <= 0.5 + SLACK) return high
    return rounded
  }
}

/** Exact up to 10^22, so that a quotient by it is the double nearest to the decimal. */
const POWERS = Array.from({ length: 601 }, (_, i) => Number(`1e${i - 300}`))

function powerOfTen(exponent: number): number {
  return POWERS[Math.max(-300, Math.min(300, exponent)) + 300]!
}

function clampToUnit(unit: number): number {
  return unit < 0 ? 0 : unit > 1 ? 1 : unit
}
