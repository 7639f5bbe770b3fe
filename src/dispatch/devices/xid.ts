/**
 * Xid errors by NVIDIA's catalogue (docs.nvidia.com/deploy/xid-errors): which are the card's or its driver's fault, and what
 * helps. Others, such as 13, 31 and 43, are mostly a program's.
 */
export interface Xid {
  /** Seconds by the clock of the log, which drifts from others: to be compared among Xid errors only. */
  readonly stamp: number
  /** About how many seconds ago it happened. */
  readonly ago: number
  readonly bus: string
  readonly code: number
  /** The line of the kernel log, from NVRM on. */
  readonly text: string
}

const REBOOT = 'restart the machine; if it happens again, reseat or replace the card'
const RESET = 'reset it when nothing runs on it: nvidia-smi --gpu-reset -i'

/** What happened, and the remedy, to which the card's index is added where it ends with -i. */
const OF_THE_CARD: Readonly<Record<number, readonly [what: string, remedy: string]>> = {
  48: ['an uncorrectable error of its memory', RESET],
  62: ['its microcontroller halted', RESET],
  64: ['a defective row of its memory could not be remapped', 'replace the card'],
  74: ['an error of NVLink', RESET],
  79: ['it has fallen off the bus', REBOOT],
  94: ['a contained error of its memory', RESET],
  95: ['an uncontained error of its memory', RESET],
  110: ['a security fault of its driver', REBOOT],
  119: ['its system processor (GSP) does not answer', RESET],
  120: ['an error of its system processor (GSP)', RESET],
  121: ['an error of its link to the processor (C2C)', RESET],
  140: ['an unrecovered error of its memory', RESET],
  143: ['its initialization failed', RESET],
}

/** The trial is lost, and the card can be used on: NVIDIA advises a reset at the next occasion. */
export const CONTAINED = 94

export function isOfTheCard({ code }: Xid): boolean {
  return code in OF_THE_CARD
}

export function xidText({ code }: Xid): string {
  return `Xid ${code}${code in OF_THE_CARD ? `, ${OF_THE_CARD[code]![0]}` : ''}`
}

export function remedyOf({ code }: Xid, index: string): string {
  const remedy = OF_THE_CARD[code]?.[1] ?? 'compare NVIDIA’s catalogue of Xid errors'
  return remedy.endsWith('-i') ? `${remedy} ${index}` : remedy
}

/** nvidia-smi writes 00000000:3B:00.0 where the kernel writes 0000:3b:00. */
export function isAt(bus: string, xid: Xid): boolean {
  return shortened(bus) === shortened(xid.bus)
}

function shortened(bus: string): string {
  const [domain = '', card = '', slot = ''] = bus.toLowerCase().split(':')
  return `${Number.parseInt(domain, 16)}:${card}:${slot.split('.')[0]}`
}
