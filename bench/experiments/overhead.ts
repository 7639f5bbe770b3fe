/**
 * What an experiment costs beside its studies: processor seconds of the server for a grid of cells, and for the same studies
 * created directly by a client, the runs of their endpoints as well. The two take turns, so that neither has the fresher
 * server. A client that creates studies is answered over HTTP, which counts against it; that is a thousandth.
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

interface Size {
  readonly hours: number
  readonly seeds: number
  readonly rounds: number
}

export interface Round {
  readonly experiment: number
  readonly direct: number
}

export const overhead = part<Size, readonly Round[]>({
  id: 'overhead',
  full: { hours: 24, seeds: 4, rounds: 6 },
  quick: { hours: 2, seeds: 2, rounds: 2 },
  measure: measureOverhead,
  show: (rounds, size) => ({
    tables: [overheadTable(rounds, size)],
    pictures: {},
    missing: [],
    rows: [{ part: 'overhead', ...shareOf(rounds) }],
    raw: { overhead: rounds },
  }),
})

export async function measureOverhead(size: Size, say: (line: string) => void): Promise<Round[]> {
  const service = await openService(say)
  try {
    // A server that has just been started compiles as it goes.
    await runRound(service, { ...size, seeds: 1 }, 'warm', true)
    const rounds: Round[] = []
    for (let i = 0; i < size.rounds; i++)
      rounds.push(await runRound(service, size, `round-${i}`, i % 2 === 0))
    return rounds
  } finally {
    await service.stop()
  }
}

async function runRound(
  service: Service,
  size: Size,
  name: string,
  experimentFirst: boolean,
): Promise<Round> {
  const asExperiment = async () => (await service.run(planOf(name, size))).processorSeconds
  const directly = () => runDirectly(service, size, `${name}-direct`)
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

function planOf(name: string, { hours, seeds }: Size): Plan {
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

async function runDirectly({ http, server }: Service, { hours, seeds }: Size, name: string): Promise<number> {
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

export function shareOf(rounds: readonly Round[]) {
  const shares = rounds.map(({ experiment, direct }) => experiment / direct - 1)
  const [low, high] = meanInterval(shares) ?? [null, null]
  return {
    experiment: mean(rounds.map(({ experiment }) => experiment)),
    direct: mean(rounds.map(({ direct }) => direct)),
    share: mean(shares),
    low,
    high,
  }
}

export function overheadTable(rounds: readonly Round[], { hours, seeds }: Size): Table {
  const { share, low, high } = shareOf(rounds)
  return {
    title: 'experiments: processor seconds of the server, beside the same studies created directly',
    columns: ['round', 'experiment', 'studies', 'more'],
    rows: [
      ...rounds.map(({ experiment, direct }, i) => [
        String(i + 1),
        experiment.toFixed(2),
        direct.toFixed(2),
        percent(experiment / direct - 1),
      ]),
      [
        'mean',
        ...(['experiment', 'direct'] as const).map((of) => mean(rounds.map((round) => round[of])).toFixed(2)),
        percent(share),
      ],
    ],
    notes: [
      `${ARMS.join(', ')} with ${seeds} seeds and ${hours} simulated hours each, and five runs of what each recommends. ` +
        `${low === null ? '' : `Student’s 95 % interval of the mean: ${percent(low)} to ${percent(high!)}. `}Asked: below 2 %.`,
    ],
  }
}

function percent(share: number): string {
  const text = (100 * share).toFixed(1)
  return `${share < 0 ? text.replace('-', '−') : `+${text}`} %`
}
