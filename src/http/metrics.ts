/** Figures for Prometheus: what this server did, and how the studies stand. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import type { LlmCallRow } from '../engine/writes.js'
import type { Database } from '../storage/database.js'
import { studies } from '../storage/tables.js'
import type { App } from './instance.js'

export class Metrics {
  readonly registry = new Registry()
  private readonly asks = this.counter('chiron_asks_total', 'Asks answered, by study', ['study'])
  private readonly leases = this.counter('chiron_leases_total', 'Trials given out, by study', ['study'])
  private readonly tells = this.counter('chiron_tells_total', 'Tells accepted, by study and outcome', [
    'study',
    'outcome',
  ])
  private readonly calls = this.counter(
    'chiron_llm_calls_total',
    'Calls of language models, by study, model and outcome',
    ['study', 'model', 'outcome'],
  )
  private readonly tokens = this.counter(
    'chiron_llm_tokens_total',
    'Tokens that they used, by study, model, outcome and kind',
    ['study', 'model', 'outcome', 'kind'],
  )
  private readonly dollars = this.counter(
    'chiron_llm_dollars_total',
    'Dollars that they cost, of models with a price',
    ['study', 'model', 'outcome'],
  )
  private readonly callSeconds = new Histogram({
    name: 'chiron_llm_call_seconds',
    help: 'Time until a call was answered or failed',
    labelNames: ['study', 'model', 'outcome'],
    buckets: [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600],
    registers: [this.registry],
  })
  private readonly trials = this.gauge('chiron_trials', 'Trials, by study and state', ['study', 'state'])
  private readonly failures = this.gauge('chiron_failures', 'Failed trials, by study and kind', [
    'study',
    'kind',
  ])
  private readonly lost = this.gauge('chiron_lost_attempts', 'Leases that ran out, by study', ['study'])
  private readonly best = this.gauge('chiron_best_value', 'The best value so far, by study', ['study'])
  private readonly seconds = new Histogram({
    name: 'chiron_http_request_seconds',
    help: 'Time to answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [this.registry],
  })

  private readonly heldStudies = this.gauge('chiron_held_studies', 'Studies held in memory')
  private readonly heldBytes = this.gauge('chiron_held_bytes', 'About how much memory held studies take')

  constructor(private readonly database: Database) {
    collectDefaultMetrics({ register: this.registry })
  }

  /** Where the figures of held studies come from; set once the queues exist. */
  readHeld: () => { readonly studies: number; readonly bytes: number } = () => ({ studies: 0, bytes: 0 })

  /** What Prometheus reads. How the studies stand is from their counters: the same figures on every server. */
  async read(): Promise<string> {
    const counted = await this.seriesByStudy() // before the studies are read: whoever is not among them is deleted
    const rows = await this.database.orm.select().from(studies)
    const names = new Set(rows.map(({ name }) => name))
    for (const { metric, labels } of counted) if (!names.has(String(labels.study))) metric.remove(labels)
    this.showStudies(rows)
    const { studies: held, bytes } = this.readHeld()
    this.heldStudies.set(held)
    this.heldBytes.set(bytes)
    return this.registry.metrics()
  }

  /** `study` is its name, here and below: one label for one study, and none for a study that is not there. */
  asked(study: string, given: number): void {
    this.asks.inc({ study })
    if (given > 0) this.leases.inc({ study }, given)
  }

  told(study: string, outcome: string): void {
    this.tells.inc({ study, outcome })
  }

  called(study: string, call: LlmCallRow): void {
    const labels = { study, model: `${call.provider}:${call.model}`, outcome: call.outcome }
    this.calls.inc(labels)
    this.tokens.inc({ ...labels, kind: 'input' }, call.input_tokens)
    this.tokens.inc({ ...labels, kind: 'cacheRead' }, call.cache_read_tokens)
    this.tokens.inc({ ...labels, kind: 'cacheWrite' }, call.cache_write_tokens)
    this.tokens.inc({ ...labels, kind: 'output' }, call.output_tokens)
    if (call.dollars !== null) this.dollars.inc(labels, call.dollars)
    this.callSeconds.observe(labels, call.latency_ms / 1000)
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.seconds.observe({ method, route, status }, seconds)
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  private gauge<L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] })
  }

  private async seriesByStudy() {
    const { asks, leases, tells, calls, tokens, dollars, callSeconds } = this
    const series = [asks, leases, tells, calls, tokens, dollars, callSeconds].map(async (metric) => {
      const { values } = await metric.get()
      // A histogram lists its buckets too, each with a label of its own.
      return values.filter(({ labels }) => !('le' in labels)).map(({ labels }) => ({ metric, labels }))
    })
    return (await Promise.all(series)).flat()
  }

  private showStudies(rows: readonly (typeof studies.$inferSelect)[]): void {
    for (const gauge of [this.trials, this.failures, this.lost, this.best]) gauge.reset()
    for (const { name: study, counters, bestValue } of rows) {
      for (const [state, n] of Object.entries(counters.states)) this.trials.set({ study, state }, n)
      for (const [kind, n] of Object.entries(counters.failures)) this.failures.set({ study, kind }, n)
      this.lost.set({ study }, counters.lostAttempts)
      if (bestValue !== null) this.best.set({ study }, bestValue)
    }
  }
}

export function metricRoutes(app: App, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown'
    metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    done()
  })
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        tags: ['service'],
        summary: 'Figures for Prometheus',
        response: {
          200: { description: 'The figures.', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) =>
      reply.header('content-type', metrics.registry.contentType).send((await metrics.read()) as never),
  )
}
