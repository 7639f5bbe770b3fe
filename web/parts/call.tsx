/** One call of a language model: what was sent, what came back, what it cost. All of it is untrusted text. */
import { dollarsText, durationText, numberText } from '../../charts/numbers.js'
import { linkTo } from '../app/route.js'
import type { LlmCall } from '../data/types.js'
import { Time } from './controls.js'

export function CallPanel({
  study,
  call,
  open = false,
}: {
  readonly study: string
  readonly call: LlmCall
  readonly open?: boolean
}) {
  const {
    number,
    purpose,
    model,
    prompt,
    outcome,
    message,
    tokens,
    dollars,
    latencyMs,
    answer,
    thinking,
    at,
  } = call
  return (
    <details class="call" open={open}>
      <summary>
        <span class={`outcome ${outcome === 'answered' ? 'good' : 'bad'}`}>{outcome}</span> {purpose} for
        trial {number} · {model} · {numberText(tokens.input + tokens.cacheRead + tokens.cacheWrite, 6)} →{' '}
        {numberText(tokens.output, 6)} tokens · {dollarsText(dollars)} · {durationText(latencyMs / 1000)}
      </summary>
      <p class="soft">
        <Time at={at} /> · prompt {prompt} ·{' '}
        <a href={linkTo('studies', study, 'trials', number)}>trial {number}</a>
      </p>
      {message && <p class="fault">{message}</p>}
      <Text title="Answer" text={answer} open />
      <Text title="Thought" text={thinking} />
      {messagesOf(call.request).map(({ role, text }, i) => (
        <Text key={`${role}-${i}`} title={`Sent: ${role}`} text={text} />
      ))}
    </details>
  )
}

function Text({
  title,
  text,
  open = false,
}: {
  readonly title: string
  readonly text: string | null
  readonly open?: boolean
}) {
  if (!text) return null
  return (
    <details open={open}>
      <summary>{title}</summary>
      <pre class="wrapped" tabIndex={0}>
        {text}
      </pre>
    </details>
  )
}

/** The texts of a request, whichever provider it was for; a request of another form is shown as it is. */
function messagesOf(request: unknown): { role: string; text: string }[] {
  if (typeof request !== 'object' || request === null) return []
  const { system, messages } = request as { system?: unknown; messages?: unknown }
  const found = Array.isArray(messages)
    ? messages.map((message) => ({ role: String(message?.role ?? ''), text: textOf(message?.content) }))
    : []
  const all = [...(system === undefined ? [] : [{ role: 'system', text: textOf(system) }]), ...found]
  return all.length > 0 ? all : [{ role: 'request', text: JSON.stringify(request, null, 2) }]
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (Array.isArray(content))
    return content
      .map((part) => (typeof part?.text === 'string' ? part.text : JSON.stringify(part)))
      .join('\n')
  return JSON.stringify(content, null, 2)
}
