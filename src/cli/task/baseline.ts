/** `chiron baseline`: runs the program that a task begins with, and prints its values: the noise that a keep must beat. */
import { baselineOf } from '../../dispatch/programs/baseline.js'
import { runProgram } from '../../dispatch/programs/run-program.js'
import { Fault } from '../../faults.js'
import { findTask } from './find-task.js'

export interface BaselineOptions {
  readonly seeds: string
}

const MOST_SEEDS = 100

export async function runBaseline(
  given: string,
  { seeds }: BaselineOptions,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const count = Number(seeds)
  if (!Number.isInteger(count) || count < 1 || count > MOST_SEEDS)
    throw new Fault('invalid_request', `--seeds ${seeds}: expected a whole number from 1 to ${MOST_SEEDS}`)
  const { profile, devices, unavailable } = await findTask(given, env)
  if (unavailable !== undefined)
    throw new Fault('invalid_request', `${profile.name} cannot run here: ${unavailable}`)
  const { hash, files } = await baselineOf(profile)
  console.log(`program ${hash.slice(0, 12)}`)
  const values: number[] = []
  for (let seed = 0; seed < count; seed++) {
    const told = await runProgram(profile, files, { seed, devices })
    if (told.outcome !== 'complete' || typeof told.value !== 'number')
      throw new Fault(
        'invalid_request',
        `The baseline of ${profile.name} failed, ${told.outcome}: ${told.message}`,
      )
    console.log(`seed ${seed}  ${told.value}  ${told.trainSeconds!.toFixed(1)} s of training`)
    values.push(told.value)
  }
  if (count > 1) console.log(`mean ${mean(values)}  standard deviation ${deviation(values)}`)
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1))
}
