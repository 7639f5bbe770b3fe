/**
 * The arms of an ablation: one optimizer alone, and with the advisor and each control at each share of the trials. A gain
 * that a control has as well does not come from what the advisor knows.
 */
import { z } from 'zod'
import { advisorSchema } from '../domain/advisor.js'
import type { Ablation, ArmRequest, Contrast, Trend } from '../domain/experiment.js'
import { Fault } from '../faults.js'

export const ALONE = 'alone'

export interface AblationArms {
  readonly arms: readonly ArmRequest[]
  readonly contrasts: readonly Contrast[]
  readonly trends: readonly Trend[]
}

export function ablationArms({
  optimizer,
  advisor,
  ratios,
  controls,
  adaptive,
  prior,
}: Ablation): AblationArms {
  const shares = [...new Set([...ratios, 1])].filter((ratio) => ratio > 0).sort((a, b) => a - b)
  const { kind, ...rest } = advisor
  const withAdvisor = (name: string, given: object): ArmRequest => ({
    name,
    method: { optimizer, advisor: readAdvisor(given) },
  })
  const atShares = (advice: string, given: object) =>
    shares.map((ratio) => withAdvisor(`${advice}-${ratio}`, { ...given, ratio }))
  const control = { ...pick(rest, 'warmup'), ...pick(rest, 'bounds') }
  const own = [
    ...atShares(kind, advisor),
    ...(adaptive ? [withAdvisor(`${kind}-adaptive`, { ratio: 0.3, ...advisor, policy: 'adaptive' })] : []),
    ...(prior ? [withAdvisor(`${kind}-prior`, { ...advisor, as: 'prior' })] : []),
  ]
  return {
    arms: [
      { name: ALONE, method: { optimizer } },
      ...own,
      ...controls.flatMap((name) => atShares(name, { ...control, kind: name })),
    ],
    contrasts: own.map(({ name }) => ({ arm: name, baseline: ALONE })),
    trends: [kind, ...controls].map((name) => ({
      name,
      arms: [0, ...shares].map((level) => ({ arm: level === 0 ? ALONE : `${name}-${level}`, level })),
    })),
  }
}

function readAdvisor(given: object) {
  const read = advisorSchema.safeParse(given)
  if (read.success) return read.data
  const errors = read.error.issues.map(({ path, message }) => ({
    path: ['ablation.advisor', ...path].join('.'),
    message,
  }))
  throw new Fault('invalid_request', z.prettifyError(read.error), { errors })
}

function pick(from: Readonly<Record<string, unknown>>, member: string): object {
  return from[member] === undefined ? {} : { [member]: from[member] }
}
