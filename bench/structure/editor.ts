/**
 * An editor that knows nothing, behind a server that speaks as models do: it draws one edit of the grammar by a hash of the prompt.
 * It is what a model must be better than.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stream } from '../../optimizers/rng.js'
import { RULES, type Rule } from './grammar.js'

export interface Editor {
  /** As ANTHROPIC_BASE_URL; with /v1 as OPENAI_BASE_URL. */
  readonly url: string
  close(): Promise<void>
}

export async function serveEditor(port = 0): Promise<Editor> {
  const server = createServer(async (request, response) => {
    const text = editFor(await promptIn(request))
    const isClaude = request.url!.startsWith('/v1/messages')
    const status = isClaude && request.url!.includes('count_tokens') ? 404 : 200
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isClaude ? asMessage(text) : asCompletion(text)))
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Message {
  readonly content: string | readonly { readonly text?: string }[]
}

async function promptIn(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as {
    readonly messages: readonly Message[]
  }
  return messages
    .map(({ content }) =>
      typeof content === 'string' ? content : content.map(({ text }) => text).join('\n'),
    )
    .join('\n')
}

const SOURCE = '# The source that you edit'

/** The same for the same prompt. */
export function editFor(prompt: string): string {
  const rng = stream(createHash('sha256').update(prompt).digest().readUIntBE(0, 6))
  const source = prompt.slice(prompt.indexOf(SOURCE))
  const possible = RULES.flatMap((rule) => {
    const old = rule.lines.exec(source)?.[0]
    return old === undefined ? [] : [{ rule, old }]
  })
  if (possible.length === 0) return 'There is nothing that I could edit.'
  const { rule, old } = possible[rng.below(possible.length)]!
  const choices = rule.choices(old).filter((choice) => choice !== old)
  return written(rule, old, choices[rng.below(choices.length)]!)
}

function written({ name, category, file }: Rule, old: string, now: string): string {
  const change = now.trim().replace(/\s+/g, ' ')
  return (
    `DESCRIPTION: ${name}: ${change}\nCATEGORY: ${category}\n\n` +
    `${file}\n<<<<<<< SEARCH\n${old}\n=======\n${now}\n>>>>>>> REPLACE\n`
  )
}

const USAGE = { input: 6000, output: 200 }

function asMessage(text: string) {
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted-editor' },
    content: [{ type: 'text', text, citations: null }],
    stop_reason: 'end_turn',
    usage: { input_tokens: USAGE.input, output_tokens: USAGE.output },
  }
}

function asCompletion(text: string) {
  const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }]
  const usage = { prompt_tokens: USAGE.input, completion_tokens: USAGE.output }
  return { id: 'cmpl-1', object: 'chat.completion', choices, usage }
}
