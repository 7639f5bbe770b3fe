/** Checks each GPU: its memory and who uses it, the errors of its memory, Xid errors, temperature and throttling. */

import { usedByOthers } from '../../dispatch/devices/card-failure.js'
import { type Card, type CardReading, readCards } from '../../dispatch/devices/card-reading.js'
import { readXids } from '../../dispatch/devices/kernel-log.js'
import { slowdownNames, THROTTLED } from '../../dispatch/devices/throttling.js'
import { isAt, isOfTheCard, remedyOf, type Xid, xidText } from '../../dispatch/devices/xid.js'
import type { Finding } from './finding.js'

/** The data sheets of most cards name slowdown temperatures from about here on. */
const HOT = 85
const FREE_SHARE = 0.9
const RECENT_SECONDS = 7 * 86_400

export async function cardFindings(): Promise<Finding[]> {
  const reading = await readCards()
  if (reading.is === 'failed') return [noAnswer(reading.why)]
  if (reading.cards.length === 0) return [noAnswer('nvidia-smi finds none')]
  const xids = await readXids()
  const findings = reading.cards.flatMap((card) => findingsOn(card, reading, xids ?? []))
  return xids === undefined ? [...findings, KERNEL_LOG] : findings
}

function noAnswer(says: string): Finding {
  if (says.startsWith('nvidia-smi failed') || says.includes('did not answer'))
    return {
      what: 'GPUs',
      is: 'wrong',
      says,
      todo: 'restart the machine; if that does not help, install the driver again',
    }
  const todo = 'gpt-h200 and gpt-24gb need one; gpt-cpu and the simulated trainers do not'
  return { what: 'GPUs', is: 'note', says: 'nvidia-smi finds none', todo }
}

const KERNEL_LOG: Finding = {
  what: 'kernel log',
  is: 'note',
  says: 'it may not be read, so Xid errors of the GPUs are not known',
  todo: 'add the user of the service to the group systemd-journal, or set kernel.dmesg_restrict=0',
}

function findingsOn(card: Card, reading: CardReading, xids: readonly Xid[]): Finding[] {
  const what = `GPU ${card.index}`
  const own = xids.filter((xid) => isAt(card.bus, xid) && isOfTheCard(xid) && xid.ago < RECENT_SECONDS)
  const problems = [
    inUse(card, reading),
    memoryErrors(card),
    xidErrors(card, own),
    heat(card),
    slowdown(card),
  ]
  const found = problems.flatMap((one) => (one === undefined ? [] : [{ what, ...one }]))
  return [{ what, is: 'fine', says: summary(card, own.length) }, ...found]
}

type Problem = Omit<Finding, 'what'> | undefined

function summary(card: Card, xids: number): string {
  const { name, driver, memoryGib, usedGib, temperature, uncorrectedErrors: errors } = card
  return [
    `${name}, driver ${driver}`,
    `${(memoryGib - usedGib).toFixed(1)} of ${memoryGib.toFixed(1)} GiB are free`,
    temperature === undefined ? 'it tells no temperature' : `${temperature} °C`,
    errors === undefined ? 'no ECC' : `${errors} uncorrectable ECC errors`,
    `${xids} Xid errors within a week`,
  ].join(', ')
}

function inUse(card: Card, reading: CardReading): Problem {
  const { memoryGib, usedGib } = card
  if (memoryGib - usedGib > FREE_SHARE * memoryGib) return undefined
  return {
    is: 'note',
    says: `in use: ${usedByOthers(card, reading)}`,
    todo: 'unless it is a trial of this service, stop it: trials get no card that another process uses',
  }
}

function memoryErrors({ index, uncorrectedErrors = 0 }: Card): Problem {
  if (uncorrectedErrors === 0) return undefined
  return {
    is: 'wrong',
    says: `${uncorrectedErrors} uncorrectable errors of its memory (ECC) since its last reset`,
    todo: `reset it when nothing runs on it: nvidia-smi --gpu-reset -i ${index}; if they come again, replace it`,
  }
}

function xidErrors({ index }: Card, xids: readonly Xid[]): Problem {
  const last = xids.at(-1)
  if (last === undefined) return undefined
  return { is: 'wrong', says: `${xidText(last)}, ${timeAgo(last.ago)}`, todo: remedyOf(last, index) }
}

function heat({ temperature = 0 }: Card): Problem {
  if (temperature < HOT) return undefined
  return {
    is: 'note',
    says: `${temperature} °C is hot`,
    todo: 'check fans and air flow, and set "thermal" in the profile of its trainer',
  }
}

function slowdown({ index, slowedBy = 0 }: Card): Problem {
  const reasons = slowdownNames(slowedBy & THROTTLED)
  if (reasons.length === 0) return undefined
  return {
    is: 'note',
    says: `slowed down: ${reasons.join(', ')}`,
    todo: `check its cooling and its power supply: nvidia-smi -q -d PERFORMANCE -i ${index}`,
  }
}

function timeAgo(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} minutes ago`
  return `${Math.round(minutes / 60)} hours ago`
}
