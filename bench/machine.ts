/** What a reader needs to judge a time: the machine by its kind, never by its name. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    /** Of the last minute: above the cores, others were at work too, and times are theirs as well. */
    load: Number(loadavg()[0]!.toFixed(1)),
    node: process.versions.node,
  }
}
