/** `chiron compare`: runs the experiment that a file describes. */
import { readFile } from 'node:fs/promises'
import { Fault } from '../../faults.js'
import { asPlan, type FollowOptions, runExperiment } from './follow-experiment.js'

export interface CompareOptions extends FollowOptions {
  readonly seeds?: string
  readonly parallel?: string
}

export async function runCompare(
  file: string,
  options: CompareOptions,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const plan = asPlan(file, await readJson(file))
  const { seeds, parallel } = options
  await runExperiment(
    {
      ...plan,
      ...(seeds !== undefined && { seeds: Number(seeds) }),
      ...(parallel !== undefined && { parallel: Number(parallel) }),
    },
    options,
    env,
  )
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch (error) {
    throw new Fault('invalid_request', `${file} cannot be read as an experiment: ${(error as Error).message}`)
  }
}
