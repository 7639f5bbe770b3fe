/** Whether a card on which no trial runs can take one now. */
import { type CardFault, usedByOthers } from './card-failure.js'
import type { CardReading } from './card-reading.js'
import { IDLE_GIB } from './gpus.js'

export interface CardNeeds {
  /** The memory that a trial may use; without it a card must be all but empty. */
  readonly memoryGib?: number
  /** In °C: a trial does not start on a card that is hotter. */
  readonly startBelow?: number
}

export type Fitness =
  | { readonly is: 'fit' }
  /** It will be fit by itself, soon. */
  | { readonly is: 'hot'; readonly why: string }
  | { readonly is: 'unfit'; readonly why: string }

/** `fault`: what the card failed of before. */
export function fitnessOf(
  device: string,
  reading: CardReading,
  { memoryGib, startBelow }: CardNeeds,
  fault?: CardFault,
): Fitness {
  if (reading.is === 'failed')
    return unfit(`devices: nvidia-smi no longer finds GPU ${device} (${reading.why})`)
  const card = reading.cards.find(({ index }) => index === device)
  if (card === undefined) return unfit(`devices: nvidia-smi no longer finds GPU ${device}`)
  const { uncorrectedErrors = 0, usedGib, temperature } = card
  if (fault?.untilErrorsBelow !== undefined && uncorrectedErrors >= fault.untilErrorsBelow)
    return unfit(fault.why)
  const most = memoryGib === undefined ? IDLE_GIB : Math.max(IDLE_GIB, card.memoryGib - memoryGib)
  if (usedGib > most)
    return unfit(`a second process on ${usedByOthers(card, reading)}: stop it, or run it elsewhere`)
  if (startBelow !== undefined && temperature !== undefined && temperature >= startBelow)
    return { is: 'hot', why: `GPU ${device} is at ${temperature} °C: trials start below ${startBelow}` }
  return { is: 'fit' }
}

function unfit(why: string): Fitness {
  return { is: 'unfit', why }
}
