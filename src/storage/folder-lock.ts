/** The lock on the data folder: two processes on one embedded database would corrupt it without an error. */
import { join } from 'node:path'
import { Fault } from '../faults.js'
import { lockFile, type Unlock } from '../file-lock.js'

const WAIT_MS = 1000

/** Throws where another process holds the lock. */
export async function lockFolder(folder: string): Promise<Unlock> {
  const unlock = await lockFile(join(folder, 'server.lock'), WAIT_MS).catch((error) => {
    throw new Fault(
      'database_unavailable',
      `${(error as Error).message}. Mend that, or use Postgres (DATABASE_URL)`,
      {},
      { cause: error },
    )
  })
  if (unlock !== undefined) return unlock
  throw new Fault(
    'database_unavailable',
    `Another process uses the data folder ${folder}: stop it, set another CHIRON_DATA_DIR, or use Postgres (DATABASE_URL), which serves several processes`,
  )
}
