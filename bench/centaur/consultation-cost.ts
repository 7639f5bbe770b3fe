/**
 * What a trial that consults its advisor costs the service's processor, beside the optimizer alone: the last trials of a study on
 * the simulated H200, with a model that answers at once from another process, on PGlite. The figures in docs/llambo.md are its output.
 *
 *     npx tsx bench/centaur/consultation-cost.ts [trials]
 */
import { spaceNamed } from '../../search-spaces/index.js'
import { openService } from '../experiments/run-experiment.js'
import { spaceName } from '../quality/run.js'
import { serveModel, stepFromBest } from '../stand-in-model.js'
import { markdown } from '../table.js'

const MODEL = 'openai-compatible:stand-in'
const llm = { kind: 'llm', model: MODEL, ratio: 1, warmup: 1 }
const methods = [
  { says: 'tpe alone', method: { optimizer: { kind: 'tpe' } } },
  { says: 'one call a trial', method: { optimizer: { kind: 'tpe' }, advisor: llm } },
  { says: 'llambo', method: { optimizer: { kind: 'tpe' }, advisor: { ...llm, llambo: {} } } },
]
const trials = Number(process.argv[2] ?? 150)
/** Behind fewer trials the prompts are shorter. */
const MEASURED_SHARE = 2 / 3

const model = await serveModel(stepFromBest(spaceNamed(spaceName)!))
const service = await openService(() => {}, { OPENAI_BASE_URL: model.url })
try {
  const rows: string[][] = []
  for (const [i, { says, method }] of methods.entries()) rows.push(await measure(`cost-${i}`, says, method))
  console.log(
    markdown({
      title: `the service's processor time for each of the last ${Math.round(MEASURED_SHARE * trials)} of ${trials} trials`,
      columns: ['', 'processor ms', 'calls'],
      rows,
      notes: [],
    }),
  )
} finally {
  await service.stop()
  await model.close()
}

interface Leased {
  readonly number: number
  readonly lease: { readonly token: string }
  readonly params: Readonly<Record<string, number>>
}

async function measure(name: string, says: string, method: object): Promise<string[]> {
  const { http, server } = service
  const objective = { metric: 'loss', direction: 'minimize' }
  await http.post('/studies', { name, space: spaceName, objective, method, budget: { trials }, seed: 1 })
  const measured = Math.round(MEASURED_SHARE * trials)
  await run(name, trials - measured)
  const [used, called] = [server.processorSeconds(), await callsOf(name)]
  await run(name, measured)
  const milliseconds = 1000 * (server.processorSeconds() - used)
  const calls = (await callsOf(name)) - called
  return [says, (milliseconds / measured).toFixed(1), (calls / measured).toFixed(1)]
}

async function run(name: string, count: number): Promise<void> {
  const { http } = service
  for (let i = 0; i < count; i++) {
    const { trials: leased } = await http.post<{ trials: Leased[] }>(`/studies/${name}/ask`, {
      worker: 'w',
      wait: 30,
    })
    const [{ number, lease, params }] = leased as [Leased]
    const value = Math.abs(Math.log(params.MATRIX_LR! / 0.05)) + 0.01 * params.DEPTH!
    await http.post(`/studies/${name}/trials/${number}/tell`, {
      token: lease.token,
      outcome: 'complete',
      value,
    })
  }
}

async function callsOf(name: string): Promise<number> {
  const { advisor } = await service.http.get<{ advisor?: { calls: number } | null }>(
    `/studies/${name}/summary`,
  )
  return advisor?.calls ?? 0
}
