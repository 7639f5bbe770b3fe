/**
 * What an experiment costs beside its studies: processor seconds of the server for a grid of cells, and for the same studies
 * created directly by a client, the runs of their endpoints as well. The two take turns, so that neither has the fresher
 * server. A client that creates studies is answered over HTTP, which counts against it.
 *
 * The cells are short ones: a cell costs what it costs at its begin and end, and beside a study of a whole day the difference
 * is less than what two such runs differ by anyway.
 */
import { setTimeout } from 'node:timers/promises'
import { endpointSeed } from '../../src/experiments/cell-names.js'
import { mean } from '../../src/statistics/describe.js'
import { meanInterval } from '../../src/statistics/student-t.js'
import type { Client } from '../service/client.js'
import type { Table } from '../subject.js'
import { part } from './part.js'
import { openService, type Plan, type Service } from './run-experiment.js'

const ARMS = ['random', 'tpe', 'cma-es'] as const
const REPETITIONS = 5

interface Length {
  readonly hours: number
  readonly seeds: number
  readonly rounds: number
}

/** Of the cells that run beside studies. */
interface Size extends Length {
  /** Of studies that run alone: what the cost of a cell is compared with. */
  readonly whole: Length
}

export interface Round {
  readonly experiment: number
  readonly direct: number
}

export interface Overhead {
  readonly rounds: readonly Round[]
  /** Processor seconds of whole studies, for each round of them. */
  readonly whole: readonly number[]
}

export const overhead = part<Size, Overhead>({
  id: 'overhead',
  full: { hours: 1, seeds: 20, rounds: 10, whole: { hours: 24, seeds: 4, rounds: 2 } },
  quick: { hours: 0.5, seeds: 3, rounds: 2, whole: { hours: 2, seeds: 1, rounds: 1 } },
  measure: measureOverhead,
  show: (measured, size) => ({
    tables: [overheadTable(measured, size)],
    pictures: {},
    missing: [],
    rows: [{ part: 'overhead', ...shareOf(measured, size) }],
    raw: { overhead: measured },
  }),
})

export async function measureOverhead(
  { whole, ...short }: Size,
  say: (line: string) => void,
): Promise<Overhead> {
  const service = await openService(say)
  try {
    // A server that has just been started compiles as it goes.
    await runRound(service, { ...short, seeds: 2 }, 'warm', true)
    const rounds: Round[] = []
    for (let i = 0; i < short.rounds; i++)
      rounds.push(await runRound(service, short, `round-${i}`, i % 2 === 0))
    const seconds: number[] = []
    for (let i = 0; i < whole.rounds; i++) seconds.push(await runDirectly(service, whole, `whole-${i}`))
    return { rounds, whole: seconds }
  } finally {
    await service.stop()
  }
}

async function runRound(
  service: Service,
  length: Length,
  name: string,
  experimentFirst: boolean,
): Promise<Round> {
  const asExperiment = async () => (await service.run(planOf(name, length))).processorSeconds
  const directly = () => runDirectly(service, length, `${name}-direct`)
  if (experimentFirst) return { experiment: await asExperiment(), direct: await directly() }
  const direct = await directly()
  return { experiment: await asExperiment(), direct }
}

function templateOf(hours: number) {
  return {
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb', direction: 'minimize' as const },
    trainer: 'simulated-h200',
    budget: { trainSeconds: hours * 3600, trialSeconds: 300 },
    paired: true,
  }
}

function planOf(name: string, { hours, seeds }: Length): Plan {
  return {
    name,
    study: templateOf(hours),
    arms: ARMS.map((method) => ({ name: method, method })),
    seeds,
    baseline: 'random',
    endpoint: { of: 'recommended', repetitions: REPETITIONS },
    parallel: ARMS.length * seeds,
  }
}

async function runDirectly(
  { http, server }: Service,
  { hours, seeds }: Length,
  name: string,
): Promise<number> {
  const used = server.processorSeconds()
  const studies = Array.from({ length: seeds }, (_, i) =>
    ARMS.map((method) => ({ name: `${name}.${method}.${i + 1}`, method, seed: i + 1 })),
  ).flat()
  for (const study of studies) await http.post('/studies', { ...templateOf(hours), ...study })
  await untilFinished(http)
  for (const study of studies) await runEndpoint(http, templateOf(hours), study)
  await untilFinished(http)
  return server.processorSeconds() - used
}

/** The best configuration again, which is what these optimizers recommend. */
async function runEndpoint(
  http: Client,
  template: ReturnType<typeof templateOf>,
  { name, seed }: { readonly name: string; readonly seed: number },
): Promise<void> {
  const { incumbent } = await http.get<{ incumbent: { params: object } }>(`/studies/${name}/summary`)
  await http.post('/studies', {
    ...template,
    name: `${name}.endpoint`,
    seed: endpointSeed(seed),
    method: 'random',
    fixed: incumbent.params,
    budget: { trials: REPETITIONS },
  })
}

const POLL_MS = 250

/** An experiment is followed by reads as often, and as cheap. */
async function untilFinished(http: Client): Promise<void> {
  for (;;) {
    const { studies } = await http.get<{ studies: { state: string }[] }>('/studies?state=active&limit=1')
    if (studies.length === 0) return
    await setTimeout(POLL_MS)
  }
}

/** In seconds of the processor; the interval is Student's, at 95 %. */
export function shareOf({ rounds, whole }: Overhead, size: Size) {
  const cells = ARMS.length * size.seeds
  const differences = rounds.map(({ experiment, direct }) => (experiment - direct) / cells)
  const cell = mean(differences)
  const study = mean(whole) / (ARMS.length * size.whole.seeds)
  const [low, high] = meanInterval(differences) ?? [Number.NaN, Number.NaN]
  return { cell, study, share: cell / study, low: low / study, high: high / study }
}

export function overheadTable(measured: Overhead, size: Size): Table {
  const { cell, study, share, low, high } = shareOf(measured, size)
  const cells = ARMS.length * size.seeds
  return {
    title: 'experiments: processor seconds of the server, beside the same studies created directly',
    columns: ['round', 'experiment', 'studies', 'more a cell, ms'],
    rows: [
      ...measured.rounds.map(({ experiment, direct }, i) => [
        String(i + 1),
        experiment.toFixed(2),
        direct.toFixed(2),
        milliseconds((experiment - direct) / cells),
      ]),
      [
        'mean',
        ...(['experiment', 'direct'] as const).map((of) =>
          mean(measured.rounds.map((round) => round[of])).toFixed(2),
        ),
        milliseconds(cell),
      ],
    ],
    notes: [
      `${ARMS.join(', ')} with ${size.seeds} seeds and ${hoursText(size.hours)} each, and five runs of what each recommends. ` +
        `A study of ${hoursText(size.whole.hours)} takes ${(1000 * study).toFixed(0)} ms, so a cell costs ${percent(share)} of it ` +
        `(95 % ${percent(low)} to ${percent(high)}). Asked: below 2 %.`,
    ],
  }
}

function hoursText(hours: number): string {
  return `${hours} simulated ${hours === 1 ? 'hour' : 'hours'}`
}

function milliseconds(seconds: number): string {
  return (1000 * seconds).toFixed(1).replace('-', '−')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1).replace('-', '−')} %`
}
