/**
 * The command `npm run bench`: measures Chiron and its peers in the same run on the same machine.
 *
 *     npm run bench -- quality speed --seeds 8 --resume
 */
import { resolve } from 'node:path'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { fromRoot } from '../src/root.js'
import { advice } from './advice/index.js'
import { carry } from './carry/index.js'
import { centaur } from './centaur/index.js'
import { bbob } from './convergence/index.js'
import { early } from './early/index.js'
import { experiments } from './experiments/index.js'
import { guarantees } from './guarantees/index.js'
import { importance } from './importance/index.js'
import { keep } from './keep/index.js'
import { outside } from './outside/index.js'
import { page } from './page/index.js'
import { openPeers, type Peers } from './peers/environment.js'
import { publish } from './publish.js'
import { quality } from './quality/index.js'
import { service } from './service/index.js'
import { slots } from './slots/index.js'
import { smollm } from './smollm/index.js'
import { speed } from './speed/index.js'
import { start } from './start/index.js'
import { statistics } from './statistics/index.js'
import { structure } from './structure/index.js'
import { type Bench, type Subject, UsageError } from './subject.js'
import { transfer } from './transfer/index.js'
import { trust } from './trust/index.js'

const subjects: readonly Subject[] = [
  quality,
  early,
  carry,
  transfer,
  outside,
  bbob,
  speed,
  service,
  guarantees,
  centaur,
  advice,
  statistics,
  keep,
  importance,
  page,
  experiments,
  trust,
  smollm,
  structure,
  slots,
  start,
]

interface Flags {
  readonly quick: boolean
  readonly resume: boolean
  readonly seeds?: number
  readonly slowSeeds?: number
  readonly methods?: string[]
  readonly workers?: number[]
  readonly histories?: number[]
  readonly hours?: number
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
  .option('--workers <counts>', 'how many search at once, apart by commas', counts)
  .option('--histories <lengths>', 'behind how many trials, apart by commas', counts)
  .option('--hours <h>', 'hours of training of each run of structure', positive)
  .option('--processes <n>', 'how many runs at once', count, 2)
  .option('--resume', 'take from the cache what is measured and unchanged', false)
  .option('--out <folder>', 'where the results go (default: bench/results, with --quick its folder quick)')
  .addHelpText(
    'after',
    `\nSubjects:\n${subjects.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`,
  )

await main()

async function main(): Promise<void> {
  command.parse()
  const flags = command.opts<Flags>()
  const bench = openBench(flags)
  const wanted = command.args.length > 0 ? command.args : names()
  // Results of --quick must not replace full results.
  const folder = resolve(flags.out ?? fromRoot(flags.quick ? 'bench/results/quick' : 'bench/results'))
  try {
    for (const subject of subjects.filter(({ name }) => wanted.includes(name))) {
      publish(subject.name, await subject.measure(bench), folder, ownCommand())
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
    histories: undefined,
    hours: undefined,
    ...flags,
    say,
    peers() {
      peers ??= openPeers(say)
      return peers
    },
  }
}

/** Leaves --out out of the recorded command, because it is a path of this machine. */
function ownCommand(): string {
  const words = process.argv.slice(2)
  const said = words.filter((word, i) => !word.startsWith('--out') && words[i - 1] !== '--out')
  return ['npm run bench --', ...said].join(' ')
}

function names(): string[] {
  return subjects.map(({ name }) => name)
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1')
  return value
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0) || value === Infinity) throw new InvalidArgumentError('expected a number above 0')
  return value
}

function counts(text: string): number[] {
  return text.split(',').map(count)
}
