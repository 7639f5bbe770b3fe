/**
 * The bench: every claim beside its peers, in the same run on the same machine.
 *
 *     npm run bench -- quality speed --seeds 8 --resume
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { fromRoot } from '../src/root.js'
import { centaur } from './centaur/index.js'
import { bbob } from './convergence/index.js'
import { machine } from './machine.js'
import { openPeers, type Peers } from './peers/environment.js'
import { quality } from './quality/index.js'
import { service } from './service/index.js'
import { speed } from './speed/index.js'
import { type Bench, type Measurement, type Subject, UsageError } from './subject.js'
import { markdown } from './table.js'

const subjects: readonly Subject[] = [quality, bbob, speed, service, centaur]

interface Flags {
  readonly quick: boolean
  readonly resume: boolean
  readonly seeds?: number
  readonly slowSeeds?: number
  readonly methods?: string[]
  readonly workers?: number[]
  readonly processes: number
  readonly out?: string
}

const command = new Command('npm run bench --')
  .description('Measures Chiron beside its peers. Tables on stdout; JSON and pictures in bench/results.')
  .addArgument(new Argument('[subject...]', 'what to measure; all where none is named').choices(names()))
  .option('--quick', 'a small part of everything, in under three minutes: to see it run', false)
  .option('--seeds <n>', 'seeds a method', count)
  .option('--slow-seeds <n>', 'seeds for the peers that take minutes a run', count)
  .option('--methods <ids>', 'only these rows, apart by commas', (text) => text.split(','))
  .option('--workers <counts>', 'how many search at once, apart by commas', (text) =>
    text.split(',').map(count),
  )
  .option('--processes <n>', 'how many runs at once', count, 2)
  .option('--resume', 'take from the cache what is measured and unchanged', false)
  .option('--out <folder>', 'where the results go (default: bench/results, with --quick its folder quick)')
  .addHelpText(
    'after',
    `\nSubjects:\n${subjects.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}`,
  )

await main()

async function main(): Promise<void> {
  command.parse()
  const flags = command.opts<Flags>()
  const bench = openBench(flags)
  const wanted = command.args.length > 0 ? command.args : names()
  // What --quick finds must not take the place of what was measured in full.
  const folder = resolve(flags.out ?? fromRoot(flags.quick ? 'bench/results/quick' : 'bench/results'))
  try {
    for (const subject of subjects.filter(({ name }) => wanted.includes(name))) {
      const measurement = await subject.measure(bench)
      print(measurement)
      store(subject.name, measurement, folder)
    }
    bench.say(`results are in ${folder}`)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    command.error(error.message)
  }
}

function openBench({ out: _, ...flags }: Flags): Bench {
  let peers: Promise<Peers> | undefined
  const say = (line: string) => void process.stderr.write(`bench: ${line}\n`)
  return {
    seeds: undefined,
    slowSeeds: undefined,
    methods: undefined,
    workers: undefined,
    ...flags,
    say,
    peers() {
      peers ??= openPeers(say)
      return peers
    },
  }
}

function print({ tables, missing }: Measurement): void {
  for (const table of tables) console.log(markdown(table))
  if (missing.length === 0) return
  console.log('Missing:\n')
  for (const { row, because } of missing) console.log(`- ${row}: ${because}`)
  console.log()
}

function store(name: string, measurement: Measurement, folder: string): void {
  const { tables, pictures, versions, missing, rows, raw } = measurement
  const about = {
    subject: name,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions,
    command: ['npm run bench --', ...withoutOut(process.argv.slice(2))].join(' '),
    missing,
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ ...about, rows, raw })}\n`)
  writeFileSync(join(folder, `${name}.md`), tables.map(markdown).join('\n'))
  for (const [file, svg] of Object.entries(pictures)) writeFileSync(join(folder, `${file}.svg`), svg)
}

/** Where the results went says nothing about them, and is a path of this machine. */
function withoutOut(words: readonly string[]): string[] {
  return words.filter((word, i) => !word.startsWith('--out') && words[i - 1] !== '--out')
}

function names(): string[] {
  return subjects.map(({ name }) => name)
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1')
  return value
}
