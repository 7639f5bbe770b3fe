/** Describes the machine by its kind, never by its name, because timings depend on it. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    /** The load of the last minute. Above the number of cores, other processes have slowed the measurement. */
    load: Number(loadavg()[0]!.toFixed(1)),
    node: process.versions.node,
  }
}
