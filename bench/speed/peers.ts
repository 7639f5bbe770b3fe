/** Times the peers in a Python process of their own, by bench/peers/clock.py. */

import { fromRoot } from '../../src/root.js'
import { parametersOf } from '../peers/parameters.js'
import { startPeer } from '../peers/process.js'
import { type Past, space } from './history.js'
import type { Blocks, Pace } from './pace.js'
import type { PointsTask } from './points.js'

export interface HistoryTask {
  /** As bench/peers/peer_optuna.py names it. */
  readonly method: string
  readonly own: boolean
  readonly lengths: readonly number[]
}

/** Fewer than the lengths asked for where the peer took too long. */
export function timePeer(python: string, task: HistoryTask, past: readonly Past[], pace: Pace) {
  const history = past.map(({ params, value }) => [params, value])
  return clock<Blocks>(python, {
    what: 'history',
    ...task,
    ...pace,
    parameters: parametersOf(space),
    history,
  })
}

export async function timePeerPoints(python: string, task: PointsTask): Promise<number[]> {
  const [measured] = await clock<{ seconds: number[] }>(python, { what: 'points', ...task })
  return measured!.seconds
}

async function clock<Measured>(python: string, task: object): Promise<Measured[]> {
  const peer = startPeer(python, fromRoot('bench/peers/clock.py'))
  peer.send(task)
  const measured: Measured[] = []
  for (let next = await peer.receive(); next; next = await peer.receive()) measured.push(next as Measured)
  return measured
}
