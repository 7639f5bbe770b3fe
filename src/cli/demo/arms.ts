/** The arms of the demo: the recommended method, two optimizers alone, and Centaur with each control in its advisor's place. */
import type { Config } from '../../config.js'
import { openServiceClient } from '../../dispatch/clients/service-client.js'
import { Fault } from '../../faults.js'

export interface Arm {
  readonly name: string
  readonly method: unknown
}

/** The controls show how much of a gain comes from the advisor's turns alone, whatever it proposes. */
export async function armsOf(config: Config, model: string | undefined): Promise<Arm[]> {
  const chosen = model ?? (await modelAtHand(config))
  if (chosen === undefined)
    console.log(
      'The environment has no key for a language model (set ANTHROPIC_API_KEY or OPENAI_BASE_URL): `expert`, a script of rules of thumb, advises instead.',
    )
  else console.log(`${chosen} advises; its provider charges for the calls.`)
  const centaur: Arm =
    chosen === undefined
      ? { name: 'centaur-expert', method: 'centaur-expert' }
      : {
          name: 'centaur-llm',
          method: { optimizer: { kind: 'cma-es' }, advisor: { kind: 'llm', model: chosen } },
        }
  const controls = ['copy', 'jitter', 'random'].map((name) => ({
    name: `centaur-${name}`,
    method: `centaur-${name}`,
  }))
  const alone = ['chiron', 'cma-es', 'tpe'].map((name) => ({ name, method: name }))
  return [...alone, centaur, ...controls]
}

/** The default Anthropic model, or the first model of an OpenAI-compatible server; undefined without a key. */
async function modelAtHand({ llm }: Config): Promise<string | undefined> {
  if (llm.anthropicKey !== undefined) return 'anthropic:claude-opus-4-6'
  if (llm.openaiUrl === undefined) return undefined
  const { data } = await openServiceClient(llm.openaiUrl, llm.openaiKey).get<{ data: { id: string }[] }>(
    '/models',
  )
  if (data[0] === undefined)
    throw new Fault('not_found', `${llm.openaiUrl} lists no model: name one with --model`)
  return `openai-compatible:${data[0].id}`
}
