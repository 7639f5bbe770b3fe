/** The rows of `service`: whose storage, and on what. */
import type { Peers } from '../peers/environment.js'
import { freshDatabase, type PostgresServer } from './database.js'
import { openOptuna, type Storage } from './optuna.js'
import { openOurs } from './ours.js'
import type { System } from './system.js'

export interface Row {
  readonly id: string
  readonly label: string
  readonly ours: boolean
  open(ground: Ground): Promise<System>
}

export interface Ground {
  readonly postgres: PostgresServer | { readonly because: string }
  peers(): Promise<Peers>
}

export const rows: readonly Row[] = [
  {
    id: 'postgres',
    label: 'Chiron, Postgres',
    ours: true,
    open: (ground) => onPostgres(ground, openOurs),
  },
  { id: 'pglite', label: 'Chiron, PGlite', ours: true, open: () => openOurs(undefined) },
  optuna('rdb', 'Optuna RDB storage, Postgres', ['optuna', 'psycopg2-binary']),
  optuna('grpc', 'Optuna gRPC proxy, Postgres', ['optuna', 'psycopg2-binary', 'grpcio', 'protobuf']),
]

function optuna(storage: Storage, label: string, packages: readonly string[]): Row {
  return {
    id: `optuna-${storage}`,
    label,
    ours: false,
    async open(ground) {
      const peers = await ground.peers()
      const because = packages.map(peers.lacks).find((reason) => reason !== undefined)
      if (because) throw new Error(because)
      return onPostgres(ground, (url) => openOptuna(peers.python!, storage, url))
    },
  }
}

/** On a database of its own, which goes with it. */
async function onPostgres({ postgres }: Ground, open: (url: string) => Promise<System>): Promise<System> {
  if ('because' in postgres) throw new Error(postgres.because)
  const database = await freshDatabase(postgres)
  try {
    const system = await open(database.url)
    return {
      ...system,
      fill: (trials) => system.fill(trials).then(database.settle),
      stop: () => system.stop().finally(database.drop),
    }
  } catch (error) {
    await database.drop()
    throw error
  }
}
