/** Reads what torch's allocator says when a GPU is out of memory (c10/cuda/CUDACachingAllocator.cpp). */

export interface AllocatorMessage {
  /** All in GiB. */
  readonly wanted: number
  /** Of the card. */
  readonly total: number
  readonly free: number
  /** What this process had by torch. */
  readonly held: number
  /** The cap on this process, where it has one. */
  readonly cap?: number
  /** Other processes that torch names. Outside of a container only. */
  readonly others: readonly { readonly pid: number; readonly gib: number }[]
}

const WANTED = /Tried to allocate (\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB)/
const TOTAL = /total capacity of (\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB)/
const FREE = /of which (\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB) is free/
const CAP = /(\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB) allowed;/
const ALLOCATED =
  /Of the allocated memory (\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB) is allocated by PyTorch/
const RESERVED = /(\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB) is reserved by PyTorch but unallocated/
const OTHERS = /Process (\d{1,10}) has (\d{1,9}(?:\.\d{1,4})?) (bytes|KiB|MiB|GiB) memory in use/g
const IN_GIB: Readonly<Record<string, number>> = { bytes: 2 ** -30, KiB: 2 ** -20, MiB: 2 ** -10, GiB: 1 }

/** Undefined where the text has no such message, or an older one without these figures. */
export function readAllocatorMessage(text: string): AllocatorMessage | undefined {
  const last = text.slice(Math.max(0, text.lastIndexOf('Tried to allocate')))
  const [wanted, total, free, held] = [WANTED, TOTAL, FREE, ALLOCATED].map((one) => sizeIn(last, one))
  if (wanted === undefined || total === undefined || free === undefined || held === undefined)
    return undefined
  const cap = sizeIn(last, CAP)
  return {
    wanted,
    total,
    free,
    held: held + (sizeIn(last, RESERVED) ?? 0),
    ...(cap !== undefined && { cap }),
    others: [...last.matchAll(OTHERS)].map(([, pid, size, unit]) => ({
      pid: Number(pid),
      gib: Number(size) * IN_GIB[unit!]!,
    })),
  }
}

function sizeIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)
  return found === null ? undefined : Number(found[1]) * IN_GIB[found[2]!]!
}
