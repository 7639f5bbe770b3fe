/**
 * Runs a soak and publishes it: bench/results/soak-kills and soak-load, each with what it was measured on. Of one database
 * alone its name is part of the file's.
 */
import { linePicture } from '../../../bench/pictures/lines.js'
import { publish } from '../../../bench/publish.js'
import type { Measurement, Table } from '../../../bench/subject.js'
import { fromRoot } from '../../../src/root.js'
import type { Plan } from '../plans.js'
import { type KillSoak, soakByKills } from './kills.js'
import { type LoadSoak, soakByLoad } from './load.js'

export interface SoakOptions {
  readonly engines: readonly Plan['engine'][]
  readonly count: number
  readonly minutes: number
  readonly seed: number
  readonly shared: string | undefined
  readonly folder: string | undefined
}

/** Whether it did no harm. */
export async function soak(kind: string, options: SoakOptions): Promise<boolean> {
  const { engines, count, minutes, seed, shared } = options
  const name = engines.length === 1 ? `soak-${kind}-${engines[0]}` : `soak-${kind}`
  if (kind === 'kills') {
    const soaks = await soakByKills(engines, count, seed, shared)
    store(name, { tables: [killTable(soaks)], rows: soaks, pictures: {}, raw: {} }, options)
    return soaks.every(({ violations }) => violations.length === 0)
  }
  if (kind !== 'load') throw new Error('--soak is kills or load')
  const soaks: LoadSoak[] = []
  for (const engine of engines) soaks.push(await soakByLoad(engine, minutes, shared))
  const rows = soaks.map(({ samples: _, ...rest }) => rest)
  const raw = soaks.map(({ engine, samples }) => ({ engine, samples }))
  store(name, { tables: [loadTable(soaks)], rows, pictures: { [name]: pictureOf(soaks) }, raw }, options)
  return soaks.every(({ failures }) => failures.length === 0)
}

function store(
  name: string,
  measured: Omit<Measurement, 'versions' | 'missing'>,
  { folder }: SoakOptions,
): void {
  const words = process.argv.slice(2)
  const said = words.filter((word, i) => !word.startsWith('--out') && words[i - 1] !== '--out')
  const command = ['npm run chaos --', ...said].join(' ')
  publish(name, { ...measured, versions: {}, missing: [] }, folder ?? fromRoot('bench/results'), command)
}

const NAMES = { postgres: 'Postgres', pglite: 'PGlite' }

function killTable(soaks: readonly KillSoak[]): Table {
  return {
    title: 'soak: kills under load',
    columns: [
      'database',
      'SIGKILLs',
      'storms',
      'results acknowledged',
      'lost, doubled or unsound',
      'minutes',
    ],
    rows: soaks.map(({ engine, kills, storms, acknowledged, violations, minutes }) =>
      [NAMES[engine], kills, storms, acknowledged, violations.length, Math.round(minutes)].map(String),
    ),
    notes: [
      'One server and 16 workers; it is killed after 1 to 100 acknowledged results each time. Every acknowledged result is looked for in the ' +
        'database afterwards, no trial may be leased twice at once, and the study must be sound: its counters are recounted, ' +
        'its log is checked, and its search is replayed.',
      ...soaks.flatMap(({ engine, violations }) => violations.map((each) => `${NAMES[engine]}: ${each}`)),
    ],
  }
}

function loadTable(soaks: readonly LoadSoak[]): Table {
  const rows = soaks.flatMap(({ engine, after, end }) =>
    (
      [
        ['resident memory, MB', after.rssMb, end.rssMb],
        ['heap of the main thread, MB', after.heapMb, end.heapMb],
        ['memory outside its heap, MB', after.externalMb, end.externalMb],
        ['held studies, MB', after.heldMb, end.heldMb],
        ['file descriptors', after.descriptors, end.descriptors],
      ] as const
    ).map(([what, first, last]) => [
      `${NAMES[engine]}: ${what}`,
      first.toFixed(1),
      last.toFixed(1),
      `${last >= first ? '+' : '−'}${Math.abs(100 * (last / first - 1)).toFixed(1)} %`,
    ]),
  )
  return {
    title: 'soak: full load',
    columns: ['', 'after the warm-up', 'at the end', 'change'],
    rows,
    notes: [
      ...soaks.map(
        ({ engine, minutes, pairs, studies, failures }) =>
          `${NAMES[engine]}: ${minutes} minutes, ${pairs} pairs of ask and tell in ${studies} studies (random, tpe, cma-es, gp), ` +
          `${failures.length} failed requests.`,
      ),
      'Means over a sixth of the time each: after the first quarter, and at the end. 16 workers; CHIRON_HELD_MB=64.',
    ],
  }
}

function pictureOf(soaks: readonly LoadSoak[]): string {
  const series = (of: 'rssMb' | 'heapMb' | 'descriptors') =>
    soaks.map(({ engine, samples }) => ({
      label: NAMES[engine],
      ours: true,
      points: samples.map((sample) => ({ x: sample.minute, y: sample[of] })),
    }))
  return linePicture({
    title: 'Full load',
    subtitle: '16 workers ask and tell without a pause; sampled every 10 seconds',
    panels: [
      { title: 'Resident memory', series: series('rssMb') },
      { title: 'Heap of the main thread', series: series('heapMb') },
    ],
    x: { label: 'minutes' },
    y: { label: 'MB' },
  })
}
