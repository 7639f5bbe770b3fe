/** A report as a list of blocks, which are written as HTML or as Markdown. */

import { behaviourTable, categoryTable } from '../../charts/agent/tables.js'
import type { TextTable } from '../../charts/experiment/tables.js'
import { dollarsText, durationText, numberText, percentText } from '../../charts/numbers.js'
import { asArguments, asConstants } from '../../search-spaces/configuration-text.js'
import type { Params } from '../../search-spaces/types.js'
import { type ReportFigure, reportFigures } from './figures.js'
import { type BestTrial, type ReportData, shownValue } from './report-data.js'

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: 'table'
      readonly head: readonly string[]
      readonly rows: readonly (readonly string[])[]
      /** How many columns from the left are words, where the others are numbers. */
      readonly words?: number
    }
  | { readonly kind: 'code'; readonly label: string; readonly text: string }
  | { readonly kind: 'figure'; readonly figure: ReportFigure }

export function reportBlocks(data: ReportData): Block[] {
  const figures = new Map(reportFigures(data).map((figure) => [figure.name, figure]))
  const figure = (name: string): Block[] => {
    const found = figures.get(name)
    return found ? [{ kind: 'figure', figure: found }] : []
  }
  return [
    ...summary(data),
    ...section('Progress', [...figure('progress'), ...figure('progress-time')]),
    ...section('Best configuration', [...bestConfiguration(data), ...figure('confirmed')]),
    ...section('The top five, and how they differ', topFive(data)),
    ...section('Importance of the parameters', [...importanceText(data), ...figure('importances')]),
    ...section('The space', figure('slices')),
    ...section('Sources', [...sources(data), ...figure('sources'), ...advice(data)]),
    ...section('How the agent works', agent(data, figure)),
    ...section('The best programs, and what they changed', programDifferences(data)),
    ...section('Failures', [...failureTable(data), ...figure('failures')]),
    ...section('Cost', [...figure('cost'), ...figure('throughput')]),
    ...section('Prompts', prompts(data)),
    ...section('Methods and provenance', provenance(data)),
  ]
}

export function section(text: string, blocks: readonly Block[]): Block[] {
  return blocks.length > 0 ? [{ kind: 'heading', text }, ...blocks] : []
}

function summary(data: ReportData): Block[] {
  const { trials, best, noise, state, reason, metric, direction } = data
  const failed = data.failures.reduce((sum, { count }) => sum + count, 0)
  const seconds = trials.seconds.reduce((sum, one) => sum + one, 0)
  return [
    ...(data.description ? [{ kind: 'text', text: data.description } as const] : []),
    ...(data.note ? [{ kind: 'text', text: data.note } as const] : []),
    {
      kind: 'facts',
      facts: [
        [
          `best ${metric} (${direction})`,
          best[0] ? `${numberText(best[0].value, 7)}, trial ${best[0].number}` : 'none yet',
        ],
        ['noise of one run (sd)', noise === null ? 'not known' : numberText(noise, 3)],
        ['trials that ended', `${trials.number.length}, ${failed} of them failed`],
        ['training', durationText(seconds)],
        ...(data.advice?.dollars === undefined
          ? []
          : [['calls of language models', dollarsText(data.advice.dollars)] as const]),
        ['method', data.method],
        ['state', reason ? `${state}: ${reason}` : state],
      ],
    },
  ]
}

function bestConfiguration({ recommended, best }: ReportData): Block[] {
  const params: Params | undefined = recommended?.params ?? best[0]?.params
  if (params === undefined) return [{ kind: 'text', text: 'No trial has a value yet.' }]
  const why = recommended
    ? `The optimizer’s model recommends ${recommended.number === undefined ? 'this configuration' : `trial ${recommended.number}`}: it expects ${numberText(recommended.mean, 6)} ± ${numberText(recommended.sd, 2)} without noise.`
    : `The best observed value, of trial ${best[0]!.number}. Under noise it is the luckiest measurement: confirm it before it is quoted.`
  return [
    { kind: 'text', text: why },
    { kind: 'code', label: 'JSON', text: JSON.stringify(params, null, 2) },
    { kind: 'code', label: 'constants', text: asConstants(params) },
    { kind: 'code', label: 'arguments', text: asArguments(params) },
  ]
}

/** Only the parameters in which they differ have a row. */
function topFive({ best, metric }: ReportData): Block[] {
  if (best.length < 2) return []
  const names = [...new Set(best.flatMap(({ params }) => Object.keys(params)))]
  const differing = names.filter(
    (name) => new Set(best.map(({ params }) => JSON.stringify(params[name]))).size > 1,
  )
  const row = (name: string, cell: (trial: BestTrial) => string) => [name, ...best.map(cell)]
  const alike = names.length - differing.length
  return [
    {
      kind: 'table',
      head: ['', ...best.map(({ number }) => `trial ${number}`)],
      rows: [
        row(metric, ({ value }) => numberText(value, 7)),
        row('proposed by', ({ source }) => source),
        ...differing.map((name) => row(name, ({ params }) => shownValue(params[name]))),
      ],
    },
    ...(alike > 0
      ? [
          {
            kind: 'text',
            text:
              alike === 1
                ? 'The other parameter is the same in all of them.'
                : `The other ${alike} parameters are the same in all of them.`,
          } as const,
        ]
      : []),
  ]
}

function importanceText({ importances }: ReportData): Block[] {
  return importances.status === 'shown'
    ? []
    : [{ kind: 'text', text: importances.reason ?? 'There are too few trials.' }]
}

function sources({ sources }: ReportData): Block[] {
  return [
    {
      kind: 'table',
      head: ['source', 'trials', 'complete', 'pruned', 'failed', 'out of memory'],
      rows: sources.map(({ source, trials, complete, pruned, failed, oomRate }) => [
        source,
        ...[trials, complete, pruned, failed].map(String),
        percentText(oomRate),
      ]),
    },
  ]
}

function advice({ advice }: ReportData): Block[] {
  if (advice === undefined) return []
  const why = Object.entries(advice.fallbacks).map(([reason, count]) => `${reason} ${count}`)
  return [
    {
      kind: 'facts',
      facts: [
        ['advisor', advice.advisor],
        ['share: target and realised', `${percentText(advice.target)} and ${percentText(advice.realised)}`],
        ['turns', `${advice.taken} taken of ${advice.turns}`],
        ['the optimizer’s own point instead', why.length > 0 ? why.join(', ') : 'never'],
        ...(advice.calls === undefined
          ? []
          : [
              [
                'calls, tokens, dollars',
                `${advice.calls}, ${advice.tokens ?? 0}, ${dollarsText(advice.dollars)}`,
              ] as const,
            ]),
      ],
    },
  ]
}

function agent({ agent }: ReportData, figure: (name: string) => Block[]): Block[] {
  if (agent === undefined) return []
  return [
    ...figure('programs'),
    tableBlock(behaviourTable(agent.behaviour)),
    ...figure('categories'),
    tableBlock(categoryTable(agent.behaviour)),
    ...figure('categories-over-time'),
  ]
}

function tableBlock({ head, rows, words }: TextTable): Block {
  return { kind: 'table', head, rows, words }
}

function programDifferences({ agent, metric }: ReportData): Block[] {
  if (agent === undefined) return []
  const kept = agent.programs.filter(({ status }) => status === 'kept')
  if (kept.length < 2) return [{ kind: 'text', text: 'No edit was kept.' }]
  return [
    {
      kind: 'table',
      head: ['trial', 'program', 'category', 'what it does', metric, 'lines changed'],
      words: 4,
      rows: kept.map(({ number, hash, category, description, value, linesChanged }) => [
        String(number),
        hash.slice(0, 8),
        category,
        description,
        value === null ? '–' : numberText(value, 6),
        String(linesChanged),
      ]),
    },
    ...agent.differences.map(({ label, diff }) => ({ kind: 'code', label, text: diff }) as const),
  ]
}

function failureTable({ failures }: ReportData): Block[] {
  if (failures.length === 0) return [{ kind: 'text', text: 'No trial failed.' }]
  return [
    {
      kind: 'table',
      head: ['kind', 'trials', 'one of the messages'],
      rows: failures.map(({ kind, count, example = '' }) => [kind, String(count), example]),
    },
  ]
}

function prompts({ prompts, templates }: ReportData): Block[] {
  const withPlaceholders = templates.map(
    ({ name, text }): Block => ({ kind: 'code', label: `template ${name}, with its placeholders`, text }),
  )
  const sent = prompts.flatMap(({ number, model, request, answer }): Block[] => [
    { kind: 'code', label: `sent to ${model} for trial ${number}`, text: request },
    { kind: 'code', label: 'answered', text: answer },
  ])
  return [...withPlaceholders, ...sent]
}

function provenance({ spec, digest, version, seq, at, createdAt, name }: ReportData): Block[] {
  return [
    {
      kind: 'facts',
      facts: [
        ['made by', `Chiron ${version}`],
        ['from', `event ${seq} of the study, on ${at}`],
        ['created', createdAt],
        ['digest of the request', digest],
        ['seed', String(spec.seed)],
      ],
    },
    {
      kind: 'code',
      label: 'the study again, on another service',
      text: `curl -s http://127.0.0.1:8080/studies -H 'content-type: application/json' -d @study.json`,
    },
    { kind: 'code', label: 'all trials', text: `chiron export ${name} --format csv` },
    { kind: 'code', label: 'study.json', text: JSON.stringify(spec, null, 2) },
  ]
}
