/**
 * `structure`: does it help that an agent edits the structure of a program while an optimizer tunes its constants? On gpt-cpu for
 * real, with the same seconds of training: a scripted editor alone, gp on the constants alone, both, and two controls.
 */
import { openCache } from '../cache.js'
import type { Ended } from '../experiments/run-experiment.js'
import type { Bench, Measurement, Subject } from '../subject.js'
import { keyOf, runStructure, type Size } from './run.js'
import { measurementOf } from './tables.js'

export const structure: Subject = {
  name: 'structure',
  about: 'edits of a program, search of its constants, and both, on a GPT that is trained for real',
  measure,
}

const FULL: Size = { trainSeconds: 600, seeds: 6 }
const QUICK: Size = { trainSeconds: 60, seeds: 1 }

async function measure({ quick, hours, seeds, resume, processes, say }: Bench): Promise<Measurement> {
  const usual = quick ? QUICK : FULL
  const trainSeconds = hours === undefined ? usual.trainSeconds : hours * 3600
  const size = { trainSeconds, seeds: seeds ?? usual.seeds }
  const cache = openCache(resume)
  const key = { subject: 'structure', key: keyOf(size) }
  const found = cache.get<Ended>(key) ?? (await runStructure(size, { resume, processes, say }))
  cache.put(key, found)
  return measurementOf(found, size)
}
