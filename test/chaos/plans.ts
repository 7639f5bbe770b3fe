/** Which faults are tried on which database with how many servers, and what this machine lacks for the others. */
import { Clock } from './clock.js'
import { Disk } from './disk.js'
import {
  type ChaosFault,
  CLOCK_FAULTS,
  DISK_FAULTS,
  OWN_POSTGRES_FAULTS,
  POSTGRES_FAULTS,
  SERVER_FAULTS,
} from './faults.js'
import { OwnPostgres } from './own-postgres.js'

export interface Plan {
  readonly engine: 'postgres' | 'pglite'
  readonly fault: string
  readonly begin: ChaosFault
  readonly servers: number
  readonly hasDisk: boolean
  readonly hasClock: boolean
}

interface LeftOut {
  readonly what: string
  readonly because: string
}

/** `hasPostgres`: there is a Postgres, if not one of our own. */
export async function plans(hasPostgres: boolean): Promise<{ chosen: Plan[]; leftOut: LeftOut[] }> {
  const leftOut: LeftOut[] = []
  const there = (is: boolean, what: string, because: string) => {
    if (!is) leftOut.push({ what, because })
    return is
  }
  const isPostgresOwn = OwnPostgres.isInstalled()
  const canMount = await canMountDisk()
  const canSetClock = Clock.isInstalled()
  there(canMount, 'the disk is full', 'this user may not mount a file system')
  there(canSetClock, 'the clock jumps', 'libfaketime is not installed (apt-get install libfaketime)')
  if (there(hasPostgres, 'Postgres', 'none answers here, and none is installed'))
    there(isPostgresOwn, Object.keys(OWN_POSTGRES_FAULTS).join(', '), 'no programs of Postgres are installed')

  const on = (engine: Plan['engine'], faults: Record<string, ChaosFault>, has: Partial<Plan> = {}) =>
    Object.entries(faults).flatMap(([fault, begin]) =>
      (engine === 'pglite' ? [1] : [1, 2]).map((servers) => ({
        ...{ engine, fault, begin, servers, hasDisk: false, hasClock: false },
        ...has,
      })),
    )
  const everywhere = (engine: Plan['engine']) => [
    ...on(engine, SERVER_FAULTS),
    ...(canMount ? on(engine, DISK_FAULTS, { hasDisk: true }) : []),
    ...(canSetClock ? on(engine, CLOCK_FAULTS, { hasClock: true }) : []),
  ]
  return {
    chosen: [
      ...everywhere('pglite'),
      ...(hasPostgres ? on('postgres', POSTGRES_FAULTS) : []),
      ...(isPostgresOwn ? [...everywhere('postgres'), ...on('postgres', OWN_POSTGRES_FAULTS)] : []),
      ...(hasPostgres && !isPostgresOwn ? on('postgres', SERVER_FAULTS) : []),
    ],
    leftOut,
  }
}

async function canMountDisk(): Promise<boolean> {
  const disk = Disk.mount(1)
  await disk?.unmount()
  return disk !== undefined
}
