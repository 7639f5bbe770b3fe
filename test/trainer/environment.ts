/** The Python environment of the GPT trainer, made where it is missing. Only where the network is, too, may it be missing. */

import { makeEnvironment } from '../../src/dispatch/profiles/python-environment.js'
import { fromRoot } from '../../src/root.js'

/** Its interpreter; undefined, with the reason said, where it cannot be made and nobody insists on it. */
export async function environment(
  name: string,
  requirements: string,
): Promise<{ python: string } | { lacks: string }> {
  try {
    return { python: await makeEnvironment(name, fromRoot(requirements), (line) => console.log(line)) }
  } catch (error) {
    if (process.env.CI) throw error
    return { lacks: (error as Error).message }
  }
}

export const gptEnvironment = () => environment('gpt', 'trainer/gpt/requirements.txt')
