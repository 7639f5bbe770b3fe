/** Numbers as people read them. */

/** A thin space that does not break. */
const THIN = '\u202f'
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A few significant digits: 0.97421, 12 800, 3.2e-7. */
export function numberText(value: number, digits = 5): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-4 || size >= 1e9) return shortExponent(value.toExponential(Math.min(3, digits - 1)))
  if (size >= 10 ** digits) return grouped(Math.round(value).toString())
  return grouped(String(Number(value.toPrecision(digits))))
}

/** The labels of one axis, with equally many decimals. */
export function ticksText(values: readonly number[], log = false): string[] {
  const sizes = values.map(Math.abs).filter((size) => size > 0)
  if (log && (Math.min(...sizes) < 1e-3 || Math.max(...sizes) >= 1e6)) return values.map(powerText)
  if (log) return values.map((value) => numberText(value))
  if (Math.max(...sizes, 0) >= 1e9 || (sizes.length > 0 && Math.max(...sizes) < 1e-4))
    return values.map((value) => shortExponent(value.toExponential(1)))
  const decimals = Math.max(0, ...values.map(decimalsOf))
  return values.map((value) => grouped(value.toFixed(decimals)))
}

/** 12 %, 0.4 %. */
export function percentText(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–'
  const percent = 100 * share
  return `${percent >= 9.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)}${THIN}%`
}

/** 45 s, 12 min, 3.4 h, 2.1 d. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 90) return `${numberText(seconds, 2)}${THIN}s`
  if (seconds < 5400) return `${Math.round(seconds / 60)}${THIN}min`
  if (seconds < 172_800) return `${numberText(seconds / 3600, 3)}${THIN}h`
  return `${numberText(seconds / 86_400, 3)}${THIN}d`
}

export function dollarsText(dollars: number | null | undefined): string {
  if (dollars === null || dollars === undefined) return '–'
  return dollars < 0.995 && dollars > 0 ? `$${dollars.toFixed(3)}` : `$${grouped(dollars.toFixed(2))}`
}

function decimalsOf(value: number): number {
  return Number(value.toPrecision(8)).toString().split('.')[1]?.length ?? 0
}

function grouped(text: string): string {
  const [whole, fraction] = text.split('.')
  const apart = whole!.replace('-', '').length > 4 ? whole!.replace(/\B(?=(\d{3})+$)/g, THIN) : whole!
  return (fraction ? `${apart}.${fraction}` : apart).replace('-', '−')
}

function shortExponent(text: string): string {
  return text
    .replace(/\.?0*e/, 'e')
    .replace('e+', 'e')
    .replace(/^-/, '−')
}

/** 10⁻³, 2·10⁴. */
function powerText(value: number): string {
  const [factor, power] = value.toExponential().split('e')
  const raised = [...String(Number(power))].map((digit) =>
    digit === '-' ? '⁻' : SUPERSCRIPTS[Number(digit)]!,
  )
  return `${factor === '1' ? '' : `${factor}·`}10${raised.join('')}`
}
