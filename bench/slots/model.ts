/** A server in the place of a model, which takes its time: every answer is another number of layers. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

export interface SleepyModel {
  readonly url: string
  /** The share of prompts that name at least one trial that runs. */
  named(): number
  close(): Promise<void>
}

export async function serveSleepyModel(answerMs: number): Promise<SleepyModel> {
  let [prompts, naming] = [0, 0]
  const server = createServer(async (request, response) => {
    const { messages } = JSON.parse(await text(request)) as {
      readonly messages: { readonly content: string }[]
    }
    const prompt = messages.map(({ content }) => content).join('\n')
    prompts++
    if (namesWhatRuns(prompt)) naming++
    const content = edit(prompt, 1 + prompts)
    await setTimeout(answerMs)
    const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    named: () => naming / prompts,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function namesWhatRuns(prompt: string): boolean {
  const section = prompt.split('# What runs now\n')[1]?.split('\n# ')[0] ?? ''
  return /trial \d+/.test(section)
}

function edit(prompt: string, layers: number): string {
  const old = /^LAYERS = .*$/m.exec(prompt)![0]
  const block = `<<<<<<< SEARCH\n${old}\n=======\nLAYERS = ${layers}\n>>>>>>> REPLACE`
  return `DESCRIPTION: ${layers} layers\nCATEGORY: architecture\n\ntrain.py\n${block}\n`
}
