/** The Xid errors that the NVIDIA driver writes into the kernel log: by dmesg, or else by the journal. */
import { execFile } from 'node:child_process'
import { uptime } from 'node:os'
import { promisify } from 'node:util'
import type { Xid } from './xid.js'

const READ_MS = 10_000
const MOST_BYTES = 64 * 2 ** 20
const XID = /NVRM: Xid \(PCI:([0-9a-fA-F:.]{1,20})\): (\d{1,4})/
/** Seconds since the start of the machine, or since 1970. */
const BOOT_TIME = /^\[ {0,12}(\d{1,12}\.\d{1,9})\]/
const UNIX_TIME = /^(\d{9,12}\.\d{1,9}) /

/** The stamp of the last Xid error until now, so that later ones can be told from it. */
export async function lastXidStamp(): Promise<number> {
  return Math.max(0, ...((await readXids()) ?? []).map(({ stamp }) => stamp))
}

/** Undefined where neither may be read, as for most users who are not root. */
export async function readXids(): Promise<readonly Xid[] | undefined> {
  const text =
    (await print('dmesg', [])) ??
    (await print('journalctl', ['-k', '-b', '-o', 'short-unix', '--no-pager', '--quiet']))
  return text?.split('\n').flatMap(xidIn)
}

async function print(program: string, words: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(program, words, { timeout: READ_MS, maxBuffer: MOST_BYTES }).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
}

function xidIn(line: string): Xid[] {
  const found = XID.exec(line)
  if (found === null) return []
  return [{ ...timeOf(line), bus: found[1]!, code: Number(found[2]), text: line.slice(found.index) }]
}

/** A line without a time counts as old. */
function timeOf(line: string): Pick<Xid, 'stamp' | 'ago'> {
  const booted = Number(BOOT_TIME.exec(line)?.[1] ?? Number.NaN)
  if (Number.isFinite(booted)) return { stamp: booted, ago: Math.max(0, uptime() - booted) }
  const stamp = Number(UNIX_TIME.exec(line)?.[1] ?? 0)
  return { stamp, ago: Math.max(0, Date.now() / 1000 - stamp) }
}
