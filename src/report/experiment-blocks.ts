/** The report of an experiment as a list of blocks. */
import { armBehaviourTable, hypothesisTable } from '../../charts/agent/tables.js'
import { armCosts } from '../../charts/experiment/cost.js'
import { experimentFigures } from '../../charts/experiment/figures.js'
import {
  contrastTable,
  costTable,
  leaderboard,
  levelTable,
  type TextTable,
} from '../../charts/experiment/tables.js'
import { dollarsText, numberText, percentText } from '../../charts/numbers.js'
import { asArguments, asConstants } from '../../search-spaces/configuration-text.js'
import { type Block, section } from './blocks.js'
import type { ExperimentReport } from './experiment-data.js'
import type { ReportFigure } from './figures.js'

const WIDTH = 760

export function experimentReportFigures({ experiment, analysis }: ExperimentReport): ReportFigure[] {
  return experimentFigures(experiment, analysis).map(({ name, question, build }) => ({
    name,
    scene: build(WIDTH).scene,
    caption: question,
  }))
}

export function experimentBlocks(data: ExperimentReport): Block[] {
  const figures = new Map(experimentReportFigures(data).map((figure) => [figure.name, figure]))
  const figure = (name: string): Block[] => {
    const found = figures.get(name)
    return found ? [{ kind: 'figure', figure: found }] : []
  }
  const { analysis, experiment } = data
  return [
    ...summary(data),
    ...section('What the plan can and cannot show', whatCanBeShown(data)),
    ...section('Arms', [...tableBlock(leaderboard(experiment, analysis)), ...figure('arms')]),
    ...section('Contrasts', [...contrasts(data), ...figure('differences')]),
    ...section('Share of the advisor', [...figure('ratio'), ...trends(data)]),
    ...section('Over time', [...figure('anytime'), ...levels(data, figure)]),
    ...section('Seed by seed', [...figure('seeds'), ...endpoints(data)]),
    ...section('By sealed data', sealedData(data)),
    ...section('How the agents work', agents(data)),
    ...section('Best configuration', bestConfiguration(data)),
    ...section('Cost', [...cost(data), ...figure('cost'), ...figure('out-of-memory')]),
    ...section('Cells without a result', failedCells(data)),
    ...section('Changes', changes(data)),
    ...section('Methods and provenance', provenance(data)),
  ]
}

function tableBlock({ head, rows, words }: TextTable): Block[] {
  return rows.length > 0 ? [{ kind: 'table', head, rows, words }] : []
}

function summary({ experiment, analysis }: ExperimentReport): Block[] {
  const { description, state, reason, progress, arms, seeds, endpoint, updatedAt } = experiment
  const { metric, direction } = analysis
  return [
    ...(description ? [{ kind: 'text', text: description } as const] : []),
    {
      kind: 'facts',
      facts: [
        ['objective', `${metric} (${direction})`],
        [
          'endpoint',
          endpoint.of === 'best'
            ? 'the best observed value of each run'
            : `what each run recommends in the end, run again ${endpoint.repetitions} times`,
        ],
        ['size', `${arms.length} arms × ${seeds.length} seeds`],
        [
          'cells',
          `${progress.finished} of ${progress.cells} finished${progress.failed > 0 ? `, ${progress.failed} failed` : ''}`,
        ],
        ['state', reason ? `${state}: ${reason}` : state],
        ['last updated', updatedAt],
      ],
    },
  ]
}

function whatCanBeShown({ experiment, analysis }: ExperimentReport): Block[] {
  const { plan, test, alternative, alpha } = experiment
  const { looks, notes } = analysis
  const said = [plan.summary, ...notes.filter((note) => !note.includes(plan.summary))]
  return [
    ...said.map((text) => ({ kind: 'text', text }) as const),
    {
      kind: 'facts',
      facts: [
        [
          'test',
          `${test}, ${alternative}, α = ${alpha}, Holm over ${plan.contrasts} ${plan.contrasts === 1 ? 'contrast' : 'contrasts'}`,
        ],
        [
          'planned looks',
          looks.planned
            .map((look, i) => `${look} seeds (α ${numberText(looks.alphaSpent[i] ?? 0, 2)})`)
            .join(', '),
        ],
        ['last look reached', looks.reached === null ? 'none' : `${looks.reached} seeds`],
        ...(analysis.correlation
          ? [
              [
                'correlation of arms over seeds',
                numberText(analysis.correlation.mean ?? Number.NaN, 2),
              ] as const,
            ]
          : []),
      ],
    },
    ...tableBlock({
      head: ['an arm better by (sd)', 'chance to show it', 'seeds until then, mean'],
      rows: (plan.power ?? []).map(({ effect, power, seeds }) => [
        numberText(effect, 2),
        percentText(power),
        numberText(seeds, 3),
      ]),
      words: 0,
    }),
  ]
}

function contrasts({ analysis }: ExperimentReport): Block[] {
  if (analysis.contrasts.length === 0)
    return [{ kind: 'text', text: 'Nothing is compared: no contrast was declared.' }]
  return [
    ...tableBlock(contrastTable(analysis)),
    {
      kind: 'text',
      text: 'The difference is arm less baseline. A verdict is given at a planned look only; the e-value may be looked at at any time.',
    },
  ]
}

function trends({ analysis }: ExperimentReport): Block[] {
  return tableBlock({
    head: ['trend over the share of', 'seeds', 'p'],
    rows: analysis.trends.map(({ name, n, p }) => [name, String(n), numberText(p ?? Number.NaN, 2)]),
    words: 1,
  })
}

function levels({ analysis }: ExperimentReport, figure: (name: string) => Block[]): Block[] {
  return analysis.hoursTo.flatMap((level, i) => [
    ...figure(`level-${i + 1}`),
    ...tableBlock(levelTable(level)),
  ])
}

function agents({ behaviour }: ExperimentReport): Block[] {
  if (behaviour === undefined) return []
  const tested = tableBlock(hypothesisTable(behaviour))
  return [
    {
      kind: 'text',
      text: 'The mean over seeds, with its 95 % interval. Only what was declared as a hypothesis is tested.',
    },
    ...tableBlock(armBehaviourTable(behaviour)),
    ...(tested.length > 0 ? [{ kind: 'text', text: 'Declared hypotheses:' } as const, ...tested] : []),
  ]
}

function endpoints({ experiment: { arms, seeds, cells } }: ExperimentReport): Block[] {
  const found = new Map(cells.map((cell) => [`${cell.arm} ${cell.seed}`, cell]))
  return tableBlock({
    head: ['seed', ...arms.map(({ name }) => name)],
    rows: seeds.map((seed) => [
      String(seed),
      ...arms.map(({ name }) => {
        const cell = found.get(`${name} ${seed}`)
        return cell?.endpoint === undefined ? (cell?.state ?? '–') : numberText(cell.endpoint, 6)
      }),
    ]),
    words: 1,
  })
}

/** What was recommended, judged by data that nothing was chosen by: overfitting shows as a difference of the two. */
function sealedData({ experiment: { arms, cells } }: ExperimentReport): Block[] {
  const rows = arms.flatMap(({ name }) => {
    const own = cells.filter((cell) => cell.arm === name && cell.sealed !== undefined)
    if (own.length === 0) return []
    const [endpoint, sealed] = [meanOf(own, (cell) => cell.endpoint!), meanOf(own, (cell) => cell.sealed!)]
    return [[name, String(own.length), ...[endpoint, sealed, sealed - endpoint].map((n) => numberText(n, 6))]]
  })
  return tableBlock({ head: ['arm', 'seeds', 'endpoint', 'by sealed data', 'difference'], rows, words: 1 })
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0) / items.length
}

/** The configuration with the best endpoint of all cells. */
function bestConfiguration({ experiment, analysis }: ExperimentReport): Block[] {
  const sign = analysis.direction === 'minimize' ? 1 : -1
  const measured = experiment.cells.filter(({ endpoint }) => endpoint !== undefined)
  if (measured.length === 0) return [{ kind: 'text', text: 'No cell has an endpoint yet.' }]
  const best = measured.reduce((a, b) => (sign * b.endpoint! < sign * a.endpoint! ? b : a))
  const params = best.recommended?.params
  return [
    {
      kind: 'text',
      text: `The best endpoint of all cells: ${numberText(best.endpoint!, 6)}, by ${best.arm} with seed ${best.seed}. It is the luckiest of ${measured.length}.`,
    },
    ...(params === undefined
      ? []
      : [
          { kind: 'code', label: 'JSON', text: JSON.stringify(params, null, 2) } as const,
          { kind: 'code', label: 'constants', text: asConstants(params) } as const,
          { kind: 'code', label: 'arguments', text: asArguments(params) } as const,
        ]),
  ]
}

function cost({ experiment, plan: { gpuDollarsPerHour } }: ExperimentReport): Block[] {
  const costs = armCosts(experiment)
  const sum = (of: (cost: (typeof costs)[number]) => number) => costs.reduce((all, one) => all + of(one), 0)
  const hours = sum((one) => one.hours)
  const again = sum((one) => one.endpointHours)
  return [
    {
      kind: 'facts',
      facts: [
        ['training, search', `${numberText(hours, 4)} h`],
        ['training, runs of the endpoint', `${numberText(again, 4)} h`],
        ['calls of language models', `${sum((one) => one.calls)}, ${dollarsText(sum((one) => one.dollars))}`],
        ...(gpuDollarsPerHour === undefined
          ? []
          : [['GPUs', dollarsText(gpuDollarsPerHour * (hours + again))] as const]),
      ],
    },
    ...tableBlock(costTable(experiment)),
  ]
}

function failedCells({ experiment }: ExperimentReport): Block[] {
  const open = experiment.cells.filter(({ state }) => state === 'failed' || state === 'stopped')
  return tableBlock({
    head: ['cell', 'state', 'reason'],
    rows: open.map(({ study, state, reason = '' }) => [study, state, reason]),
    words: 3,
  })
}

function changes({ changes }: ExperimentReport): Block[] {
  return tableBlock({
    head: ['when', 'what'],
    rows: changes.map(({ at, text }) => [at.slice(0, 19).replace('T', ' '), text]),
    words: 2,
  })
}

function provenance({ experiment, plan, version }: ExperimentReport): Block[] {
  const { name, digest, createdAt, arms } = experiment
  const prompts = arms.flatMap((arm) => (arm.prompts ?? []).map((prompt) => `${arm.name}: ${prompt}`))
  return [
    {
      kind: 'facts',
      facts: [
        ['made by', `Chiron ${version}`],
        ['created', createdAt],
        ['digest of the plan', digest],
        ['seeds', experiment.seeds.join(', ')],
        ...(prompts.length > 0 ? [['versions of prompts', prompts.join(', ')] as const] : []),
      ],
    },
    {
      kind: 'code',
      label: 'every trial, with its arm and seed',
      text: `curl -s 'http://127.0.0.1:8080/experiments/${name}/export?rows=trials&format=csv'`,
    },
    { kind: 'code', label: 'the plan', text: JSON.stringify(planText(plan), null, 2) },
  ]
}

/** Without what was computed from it. */
function planText({ outlook: _, ...plan }: ExperimentReport['plan']) {
  return plan
}
