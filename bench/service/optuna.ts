/** Optuna's storages under load, by bench/peers/storage.py. */
import { spaceNamed } from '../../search-spaces/index.js'
import { fromRoot } from '../../src/root.js'
import { parametersOf } from '../peers/parameters.js'
import { startPeer } from '../peers/process.js'
import { freePort } from './server.js'
import type { Behind, Pairs, System } from './system.js'

export type Storage = 'rdb' | 'grpc'

export async function openOptuna(python: string, storage: Storage, databaseUrl: string): Promise<System> {
  const peer = startPeer(python, fromRoot('bench/peers/storage.py'))
  const parameters = parametersOf(spaceNamed('autoresearch-14')!)
  await peer.request({ storage, database: databaseUrl, port: await freePort(), parameters })
  let loads = 0
  return {
    load: (load) => peer.request({ load, name: `load-${++loads}` }) as Promise<Pairs>,
    fill: async (trials) => void (await peer.request({ fill: trials })),
    behind: (stay) => peer.request({ behind: stay }) as Promise<Behind>,
    async stop() {
      peer.close()
      // One that has failed has said so where it was asked.
      await peer.receive().catch(() => undefined)
    },
  }
}
