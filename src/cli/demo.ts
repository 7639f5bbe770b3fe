/**
 * The whole of it on nothing but Node: a service, a search led by cma-es alone, with an advisor, and with the controls in the
 * advisor's place, on a simulated H200 (24 hours of training pass in seconds), and workers that speak to the service by HTTP
 * as yours would.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pc from 'picocolors'
import pino from 'pino'
import { evaluate, landscape } from '../../trainer/landscape/index.js'
import { type Config, readConfig } from '../config.js'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { Fault } from '../faults.js'
import { startService } from '../service.js'
import type { AskAnswer } from '../trials/commands/ask.js'
import { INTERRUPTED, interrupt } from './interrupt.js'
import { Progress } from './progress.js'
import type { Summary } from './study-view.js'

export interface DemoOptions {
  readonly hours: string
  readonly seed: string
  readonly model?: string
  readonly keep?: boolean
}

interface Length {
  readonly hours: number
  readonly seed: number
}

interface Arm {
  readonly name: string
  readonly method: unknown
}

/** What the reference's best published hybrid and plain TPE reached in 24 hours of an H200 (arXiv 2603.24647). */
const PUBLISHED =
  'published after 24 h on the real card: random 0.9873, CMA-ES 0.9785, TPE 0.9768, Centaur 0.9739'

export async function demo(options: DemoOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const length = {
    hours: amount('--hours', options.hours, 0.1, 240),
    seed: amount('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER),
  }
  const { signal, release } = interrupt()
  const home = await mkdtemp(join(tmpdir(), 'chiron-demo-'))
  try {
    await demonstrate(home, options, length, env, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    console.log('\nStopped.')
    process.exitCode = INTERRUPTED
  } finally {
    await rm(home, { recursive: true, force: true })
    release()
  }
}

async function demonstrate(
  home: string,
  { model, keep }: DemoOptions,
  { hours, seed }: Length,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const config = readConfig({
    ...env,
    DATABASE_URL: undefined,
    CHIRON_TOKEN: undefined,
    HOST: undefined,
    CHIRON_DATA_DIR: home,
    PORT: keep ? env.PORT : '0',
    LOG_LEVEL: 'warn',
  })
  const arms = await armsOf(config, model)
  console.log(
    `Starting a service on an embedded database, and ${arms.length} searches of ${hours} simulated hours each.`,
  )
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  signal.addEventListener('abort', () => void service.close(), { once: true }) // nobody waits for an answer then
  try {
    signal.throwIfAborted()
    const url = await service.app.listen({ host: config.host, port: config.port })
    await searchAll(openServiceClient(url, undefined), arms, { hours, seed })
    if (keep) await keepUntil(signal, url)
    else
      console.log(
        '\nRun `npm run demo -- --keep` to look around afterwards, or `npm start` for a service of your own.',
      )
  } finally {
    await service.close()
  }
}

async function searchAll(api: ServiceClient, arms: readonly Arm[], length: Length): Promise<void> {
  const progress = new Progress()
  await Promise.all(arms.map((arm) => search(api, arm, length, progress)))
  progress.end()
  await printSummaries(api, arms)
}

function keepUntil(signal: AbortSignal, url: string): Promise<void> {
  console.log(`\nThe service goes on at ${url}: look around at ${url}/docs; Ctrl-C ends it.`)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** The optimizer alone, with an advisor, and with what shows how much of a gain is owed to the advisor's place alone. */
async function armsOf(config: Config, model: string | undefined): Promise<Arm[]> {
  const chosen = model ?? (await modelAtHand(config))
  if (chosen === undefined)
    console.log(
      'No key for a language model in the environment (ANTHROPIC_API_KEY, OPENAI_BASE_URL): `expert`, a script of training lore, advises in its place.',
    )
  else console.log(`${chosen} advises; its calls cost what its provider asks for.`)
  const centaur: Arm =
    chosen === undefined
      ? { name: 'expert', method: 'centaur-expert' }
      : { name: 'llm', method: { optimizer: { kind: 'cma-es' }, advisor: { kind: 'llm', model: chosen } } }
  const controls = ['copy', 'jitter', 'random'].map((name) => ({ name, method: `centaur-${name}` }))
  return [{ name: 'alone', method: 'cma-es' }, centaur, ...controls]
}

/** Of a server that speaks OpenAI's format: the first that it has. */
async function modelAtHand({ llm }: Config): Promise<string | undefined> {
  if (llm.anthropicKey !== undefined) return 'anthropic:claude-opus-4-6'
  if (llm.openaiUrl === undefined) return undefined
  const { data } = await openServiceClient(llm.openaiUrl, llm.openaiKey).get<{ data: { id: string }[] }>(
    '/models',
  )
  if (data[0] === undefined)
    throw new Fault('not_found', `${llm.openaiUrl} has no model: name one by --model`)
  return `openai-compatible:${data[0].id}`
}

/** A worker, as yours would be: ask, train, tell, until the study is finished. */
async function search(
  api: ServiceClient,
  { name, method }: Arm,
  { hours, seed }: Length,
  progress: Progress,
) {
  const study = `demo-${name}`
  await api.post('/studies', {
    name: study,
    space: 'autoresearch-14',
    objective: { metric: 'val_bpb', direction: 'minimize' },
    method,
    seed,
    budget: { trainSeconds: hours * 3600, trialSeconds: 300 },
  })
  const card = landscape()
  let best = Number.POSITIVE_INFINITY
  let spent = 0
  let outOfMemory = 0
  for (let trials = 1; ; ) {
    const asked = await api.post<AskAnswer>(`/studies/${study}/ask`, { worker: 'gpu-0', wait: 30 })
    const [trial] = asked.trials
    if (trial === undefined && asked.reason!.code === 'finished')
      return progress.done(name, asked.reason!.message)
    if (trial === undefined) continue
    const { number, params, lease } = trial
    const run = evaluate(card, params, { seed: seed * 1_000_003 + number })
    await api.post(`/studies/${study}/trials/${number}/tell`, {
      token: lease.token,
      outcome: run.outcome,
      trainSeconds: run.trainSeconds,
      peakMemoryMb: run.peakMemoryMb,
      ...(run.outcome === 'complete'
        ? { value: run.valBpb, tokensPerSecond: run.tokensPerSecond }
        : { message: run.message }),
    })
    spent += run.trainSeconds
    if (run.outcome === 'complete') best = Math.min(best, run.valBpb)
    if (run.outcome === 'oom') outOfMemory++
    progress.show(name, spent / (hours * 3600), [
      `${(spent / 3600).toFixed(1).padStart(5)} h`,
      `${String(trials).padStart(4)} trials`,
      `best ${best.toFixed(4)}`,
      `OOM ${((100 * outOfMemory) / trials).toFixed(1)} %`,
    ])
    trials++
  }
}

async function printSummaries(api: ServiceClient, arms: readonly Arm[]): Promise<void> {
  const heads = ['cma-es', 'trials', 'best val_bpb', 'at trial', 'out of memory', 'share', 'without advice']
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(heads[i]!.length + 1))).join(' ')
  console.log(`\n${pc.bold(row(heads))}`)
  for (const { name } of arms) {
    const { trials, incumbent, oomRate, advisor } = await api.get<Summary>(`/studies/demo-${name}/summary`)
    const percent = (share: number | null | undefined) =>
      share === null || share === undefined ? '-' : `${(100 * share).toFixed(1)} %`
    console.log(
      row([
        name === 'alone' ? name : `+ ${name}`,
        String(trials.complete! + trials.failed!),
        incumbent?.value.toFixed(4) ?? '-',
        String(incumbent?.number ?? '-'),
        percent(oomRate.all),
        percent(advisor?.realised),
        percent(advisor?.fallbackRate),
      ]),
    )
    for (const warning of advisor?.warnings ?? []) console.log(pc.yellow(`         ${warning}`))
  }
  console.log(pc.dim(`(${PUBLISHED})`))
  console.log(pc.dim('(one seed shows that it runs, not which is better: docs/centaur.md has 32)'))
}

function amount(option: string, text: string, low: number, high: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= low && value <= high) return value
  throw new Fault('invalid_request', `${option} ${text}: expected a number from ${low} to ${high}`)
}
