/**
 * Whose fault it is that a trial on GPUs failed: its configuration's, or its cards'. A trial that its cards failed is run again and
 * teaches the search nothing, neither of the objective nor of memory.
 */
import type { Outcome } from '../../domain/enums.js'
import type { Card, CardReading } from './card-reading.js'
import { IDLE_GIB } from './gpus.js'
import { type AllocatorMessage, readAllocatorMessage } from './out-of-memory.js'
import { CONTAINED, isAt, isOfTheCard, remedyOf, type Xid, xidText } from './xid.js'

/** How the cards of a trial were before it began. */
export interface CardsBefore {
  /** The stamp of the last Xid error in the kernel log. */
  readonly lastXid: number
  /** By device: uncorrectable errors of its memory. */
  readonly errors: Readonly<Record<string, number>>
}

export interface FailedTrial {
  readonly outcome: Outcome
  /** What its trainer said, and the end of its log. */
  readonly text: string
  readonly devices: readonly string[]
  readonly before: CardsBefore
}

export interface CardEvidence {
  /** After the processes of the trial have ended. */
  readonly reading: CardReading
  /** Undefined where the kernel log may not be read. */
  readonly xids: readonly Xid[] | undefined
}

/** A card that must not get the next trial at once. */
export interface CardFault {
  readonly device: string
  readonly why: string
  /** It is not used until its counter of uncorrectable errors is lower: it has then been reset. */
  readonly untilErrorsBelow?: number
}

export type Verdict =
  /** `note` says more of it than the log does. */
  | { readonly fault: 'configuration'; readonly note?: string }
  | { readonly fault: 'card'; readonly why: string; readonly cards: readonly CardFault[] }

const CONFIGURATION: Verdict = { fault: 'configuration' }
/** Outcomes that a broken card may have as well. A configuration that was refused is not among them. */
const SUSPECT = new Set<Outcome>(['crashed', 'oom', 'timeout', 'diverged'])

/** Messages of CUDA and torch that no configuration can cause. */
const CARD_MESSAGES: readonly (readonly [message: string, remedy: string])[] = [
  ['uncorrectable ECC error', 'reset the card: nvidia-smi --gpu-reset'],
  [
    'CUDA-capable device(s) is/are busy or unavailable',
    'another process has the card for itself: nvidia-smi names it',
  ],
  ['no CUDA-capable device is detected', 'compare nvidia-smi'],
  ['GPU is lost', 'restart the machine'],
  ['Unable to determine the device handle', 'restart the machine'],
  ['CUDA driver initialization failed', 'restart the machine, or install the driver again'],
  ['Driver/library version mismatch', 'restart the machine: the driver was updated while it ran'],
  ['system not yet initialized', 'start nvidia-fabricmanager'],
]
/** Kernels that read or write where they must not. A defective card can do so too, but then the driver says so (Xid). */
const PROGRAM_MESSAGES = [
  'device-side assert',
  'an illegal memory access was encountered',
  'unspecified launch failure',
  'misaligned address',
]

/** Of a trial without a value. What speaks for a broken card is looked at first. */
export function judgeFailure(trial: FailedTrial, { reading, xids }: CardEvidence): Verdict {
  if (!SUSPECT.has(trial.outcome)) return CONFIGURATION
  const since = (xids ?? []).filter((xid) => xid.stamp > trial.before.lastXid)
  if (reading.is === 'failed') return lost(trial.devices, since, reading.why)
  const cards = reading.cards.filter(({ index }) => trial.devices.includes(index))
  const gone = trial.devices.filter((device) => cards.every(({ index }) => index !== device))
  if (gone.length > 0) return lost(gone, since)
  const broken = cards.flatMap((card) => faultOf(card, trial, since))
  if (broken.length > 0) return blame(broken)
  return judgeMessage(trial, reading, cards, xids !== undefined)
}

function blame(cards: readonly CardFault[]): Verdict {
  return { fault: 'card', why: cards.map(({ why }) => why).join('; '), cards }
}

function lost(devices: readonly string[], xids: readonly Xid[], why?: string): Verdict {
  const fallen = xids.findLast(isOfTheCard)
  const more = [
    ...(why ? [why] : []),
    ...(fallen ? [`${xidText(fallen)}: ${remedyOf(fallen, devices[0]!)}`] : []),
  ]
  const text = `devices: nvidia-smi no longer finds GPU ${devices.join(', ')}`
  const whole = more.length === 0 ? text : `${text} (${more.join('; ')})`
  return { fault: 'card', why: whole, cards: devices.map((device) => ({ device, why: whole })) }
}

/** A card of which the driver says that it is broken, or whose memory had errors that could not be corrected. */
function faultOf(card: Card, { before }: FailedTrial, xids: readonly Xid[]): CardFault[] {
  const { index: device, uncorrectedErrors: errors, bus } = card
  const own = xids.filter((xid) => isOfTheCard(xid) && isAt(bus, xid))
  const worst = own.findLast(({ code }) => code !== CONTAINED) ?? own.at(-1)
  const rose = errors !== undefined && errors > (before.errors[device] ?? errors)
  if (worst === undefined && !rose) return []
  const counted = rose ? `${errors - before.errors[device]!} uncorrectable errors of its memory` : undefined
  const what = [counted, worst && xidText(worst)].filter(Boolean).join(', ')
  const todo = worst === undefined ? `nvidia-smi --gpu-reset -i ${device}` : remedyOf(worst, device)
  const contained = worst?.code === CONTAINED
  return [
    {
      device,
      why: `GPU ${device} failed while the trial ran: ${what} (${todo})`,
      ...(rose && !contained && { untilErrorsBelow: errors }),
    },
  ]
}

function judgeMessage(
  trial: FailedTrial,
  reading: CardReading & { is: 'read' },
  cards: readonly Card[],
  kernelLogRead: boolean,
): Verdict {
  const { text, devices, outcome } = trial
  const said = CARD_MESSAGES.find(([message]) => text.includes(message))
  if (said !== undefined) {
    const names = cards.flatMap((card) => processNames(card, reading))
    const why = `GPU ${devices.join(', ')}: “${said[0]}” (${[said[1], ...names].join('; ')})`
    return { fault: 'card', why, cards: devices.map((device) => ({ device, why })) }
  }
  if (outcome === 'oom') return judgeOutOfMemory(trial, reading, cards)
  const own = PROGRAM_MESSAGES.find((message) => text.includes(message))
  if (own === undefined) return CONFIGURATION
  const heard = kernelLogRead ? 'the driver reports no error of the card' : 'the kernel log may not be read'
  return { fault: 'configuration', note: `“${own}”: taken for an error of the program, since ${heard}` }
}

/** What would not have fitted into the cap or an empty card is the configuration's; else another process had the memory. */
function judgeOutOfMemory(
  { text, devices }: FailedTrial,
  reading: CardReading & { is: 'read' },
  cards: readonly Card[],
): Verdict {
  const message = readAllocatorMessage(text)
  if (message === undefined) return judgeWithoutFigures(reading, cards, text)
  const { wanted, held, cap, total, free, others } = message
  if (cap !== undefined && held + wanted > cap)
    return ownFault(
      `out of memory by the cap of ${gib(cap)}: it held ${gib(held)} and wanted ${gib(wanted)} more`,
    )
  if (held + wanted > total || free >= wanted) return ownFault(`out of memory on a card of ${gib(total)}`)
  const byOthers = Math.max(sum(others.map((other) => other.gib)), total - free - held - IDLE_GIB)
  if (byOthers < IDLE_GIB) return ownFault(`out of memory on a card of ${gib(total)}`)
  const names =
    others.length > 0 ? others.map(otherText) : cards.flatMap((card) => processNames(card, reading))
  return secondProcess(devices, message, byOthers, names)
}

function ownFault(note: string): Verdict {
  return { fault: 'configuration', note }
}

function secondProcess(
  devices: readonly string[],
  { wanted, free }: AllocatorMessage,
  byOthers: number,
  names: readonly string[],
): Verdict {
  const who = names.length > 0 ? names.join(', ') : `another process holds ${gib(byOthers)}`
  const why = `a second process on GPU ${devices.join(', ')}: ${who}; the trial wanted ${gib(wanted)} and ${gib(free)} were free: stop it, or run it elsewhere`
  return { fault: 'card', why, cards: devices.map((device) => ({ device, why })) }
}

/** cuBLAS and older versions of torch give no figures: who is on the card now decides. */
function judgeWithoutFigures(
  reading: CardReading & { is: 'read' },
  cards: readonly Card[],
  text: string,
): Verdict {
  const isOfTheGpu = /CUDA|CUBLAS|CUDNN|OutOfMemoryError/.test(text)
  const shared = isOfTheGpu ? cards.filter(({ usedGib }) => usedGib > IDLE_GIB) : []
  if (shared.length === 0) return CONFIGURATION
  return blame(
    shared.map((card) => ({ device: card.index, why: `a second process on ${usedByOthers(card, reading)}` })),
  )
}

/** Of a card on which no trial of ours runs. */
export function usedByOthers(card: Card, reading: CardReading): string {
  const names = reading.is === 'read' ? processNames(card, reading) : []
  const who =
    names.length > 0 ? names.join(', ') : `nvidia-smi names no process, and ${gib(card.usedGib)} are in use`
  return `GPU ${card.index}: ${who}`
}

function processNames({ uuid }: Card, { processes }: CardReading & { is: 'read' }): string[] {
  return processes.filter((one) => one.uuid === uuid).map(otherText)
}

function otherText({ pid, gib: size, name }: { pid: number; gib: number; name?: string }): string {
  return `process ${pid}${name ? ` (${name})` : ''} holds ${Math.round(1024 * size)} MiB`
}

function gib(size: number): string {
  return `${size.toFixed(1)} GiB`
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
