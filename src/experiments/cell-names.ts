/** The names of an experiment's studies, and the seed of those that measure what an arm recommends. */
import { createHash } from 'node:crypto'

export function cellName(experiment: string, arm: string, seed: number): string {
  return `${experiment}.${arm}.${seed}`
}

/** A cell that runs again gets studies with other names where those of its earlier attempt are there. */
export function endpointName(study: string, attempt = 1): string {
  return attempt === 1 ? `${study}.endpoint` : `${study}.endpoint.${attempt}`
}

export function againName(cell: string, attempt: number): string {
  return `${cell}.${attempt}`
}

/**
 * The same for every arm of a seed, so that arms which recommend the same configuration measure the same; and another
 * than the cell's own, so that the noise is fresh.
 */
export function endpointSeed(seed: number): number {
  return createHash('sha256').update(`endpoint:${seed}`).digest().readUIntBE(0, 4)
}
