/** Why a card runs below its clocks: the bits of nvidia-smi's clocks_event_reasons.active. */

const IDLE = 0x1

const REASONS: readonly (readonly [bit: number, name: string])[] = [
  [0x2, 'application clocks'],
  [0x4, 'power cap'],
  [0x8, 'hardware slowdown'],
  [0x10, 'sync boost'],
  [0x20, 'software thermal slowdown'],
  [0x40, 'hardware thermal slowdown'],
  [0x80, 'power brake'],
  [0x100, 'display clocks'],
]

/**
 * The bits that make a trial incomparable: heat and the power supply. The power cap is left out, since a card at full load
 * runs at it.
 */
export const THROTTLED = 0x8 | 0x20 | 0x40 | 0x80

export function isIdle(bits: number): boolean {
  return (bits & IDLE) !== 0
}

export function slowdownNames(bits: number): string[] {
  return REASONS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)
}
