/** optuna-dashboard on the same trials, by bench/peers/dashboard.py. */
import { spaceNamed } from '../../search-spaces/index.js'
import { fromRoot } from '../../src/root.js'
import { parametersOf } from '../peers/parameters.js'
import { type PeerProcess, startPeer } from '../peers/process.js'
import { freePort } from '../service/server.js'
import type { PageSystem } from './system.js'
import { type EndedTrial, endedTrials, SPACE } from './trials.js'

const ROWS = 2000

export async function openDashboard(python: string, trials: number): Promise<PageSystem> {
  const peer = startPeer(python, fromRoot('bench/peers/dashboard.py'))
  try {
    return await withStudy(peer, trials)
  } catch (error) {
    peer.close()
    throw error
  }
}

async function withStudy(peer: PeerProcess, trials: number): Promise<PageSystem> {
  const port = await freePort()
  await peer.request({ parameters: parametersOf(spaceNamed(SPACE)!), port })
  const add = async (rows: readonly EndedTrial[]) => void (await peer.request({ add: rows }))
  for (let first = 0; first < trials; first += ROWS)
    await add(endedTrials(Math.min(ROWS, trials - first), first))
  return {
    url: `http://127.0.0.1:${port}/dashboard/studies/0`,
    isDrawn: `[...document.querySelectorAll('.js-plotly-plot')]
      .some(({ data = [] }) => data.some(({ x = [] }) => x.length > ${trials / 2}))`,
    add,
    async stop() {
      peer.close()
      await peer.receive().catch(() => undefined)
    },
  }
}
