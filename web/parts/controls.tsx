/** Small parts that every page uses: copying, commands, actions, states, and what to do where there is nothing yet. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { type Call, curlOf, Refusal, request } from '../app/api.js'

export function CopyButton({ label, text }: { readonly label: string; readonly text: () => string }) {
  const copied = useSignal(false)
  const copy = async () => {
    await copyText(text())
    copied.value = true
    setTimeout(() => {
      copied.value = false
    }, 1500)
  }
  return (
    <button type="button" onClick={copy}>
      {copied.value ? 'copied' : label}
    </button>
  )
}

/** The clipboard needs a secure address; elsewhere a hidden field is selected and copied. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  document.body.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}

export function Code({ text, label }: { readonly text: string; readonly label?: string }) {
  return (
    <div class="code">
      <div class="code-head">
        <span>{label}</span>
        <CopyButton label="copy" text={() => text} />
      </div>
      <pre tabIndex={0}>{text}</pre>
    </div>
  )
}

/** A button that sends a request, and the command that does the same. */
export function Action({
  label,
  call,
  done,
  danger,
  sure,
}: {
  readonly label: string
  readonly call: Call
  readonly done?: (answer: unknown) => void
  readonly danger?: boolean
  /** Asked before it is sent. */
  readonly sure?: string
}) {
  const busy = useSignal(false)
  const fault = useSignal<string | undefined>(undefined)
  const asking = useSignal(false)
  const send = async () => {
    asking.value = false
    busy.value = true
    fault.value = undefined
    try {
      done?.(await request(call))
    } catch (error) {
      fault.value = faultText(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <span class="action">
      <button
        type="button"
        class={danger ? 'danger' : ''}
        disabled={busy.value}
        onClick={() => {
          if (sure) asking.value = !asking.value
          else void send()
        }}
      >
        {label}
      </button>
      {asking.value && (
        <span class="sure" role="alertdialog" aria-label={sure}>
          {sure}{' '}
          <button type="button" class="danger" onClick={send}>
            yes
          </button>{' '}
          <button
            type="button"
            onClick={() => {
              asking.value = false
            }}
          >
            no
          </button>
        </span>
      )}
      {fault.value && (
        <span class="fault" role="alert">
          {fault.value}
        </span>
      )}
    </span>
  )
}

/** The commands behind the buttons above it. */
export function Commands({
  calls,
}: {
  readonly calls: readonly { readonly label: string; readonly call: Call }[]
}) {
  return (
    <details class="commands">
      <summary>as curl</summary>
      {calls.map(({ label, call }) => (
        <Code key={label} label={label} text={curlOf(call)} />
      ))}
    </details>
  )
}

export function faultText(error: unknown): string {
  if (error instanceof Refusal && error.errors.length > 0)
    return error.errors.map(({ path, message }) => `${path} ${message}`).join('; ')
  return error instanceof TypeError ? 'The service does not answer.' : String((error as Error).message)
}

export function Fault({ error }: { readonly error: unknown }) {
  return (
    <p class="fault" role="alert">
      {faultText(error)}
    </p>
  )
}

/** A page that cannot be shown: why, and where to go instead. */
export function FaultPage({
  error,
  children,
}: {
  readonly error: unknown
  readonly children: ComponentChildren
}) {
  const missing = error instanceof Refusal && error.status === 404
  return (
    <section class="empty">
      <h1>{missing ? 'There is nothing here' : 'This could not be read'}</h1>
      <Fault error={error} />
      <p>{children}</p>
    </section>
  )
}

/** Each fault with its place in the request. */
export function Refused({ error }: { readonly error: unknown }) {
  const errors = error instanceof Refusal ? error.errors : []
  return (
    <div class="fault" role="alert">
      {errors.length === 0 ? (
        faultText(error)
      ) : (
        <ul>
          {errors.map(({ path, message }) => (
            <li key={path + message}>
              <b>{path}</b> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const MARKS: Readonly<Record<string, string>> = {
  active: '▶',
  running: '▶',
  paused: '❚❚',
  finished: '■',
  failed: '×',
}

export function StateBadge({
  state,
  reason,
}: {
  readonly state: string
  readonly reason?: string | undefined
}) {
  return (
    <span class={`state ${state}`} title={reason}>
      <span aria-hidden="true">{MARKS[state] ?? '·'}</span> {state}
    </span>
  )
}

/** Says why there is nothing, and what to do. */
export function Empty({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ComponentChildren
}) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: T
  readonly options: readonly (T | readonly [value: T, label: string])[]
  readonly onChange: (value: T) => void
}) {
  return (
    <label class="choice">
      {label}{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map((option) => {
          const [key, text] = typeof option === 'string' ? [option, option] : option
          return (
            <option key={key} value={key}>
              {text}
            </option>
          )
        })}
      </select>
    </label>
  )
}

export function Toggle({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: boolean
  readonly onChange: (value: boolean) => void
}) {
  return (
    <label class="choice">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />{' '}
      {label}
    </label>
  )
}

export function Time({ at }: { readonly at: string | number }) {
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()}>
      {date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  )
}

/** What may be wider than the window scrolls in its own place, by the keyboard too. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string
  readonly children: ComponentChildren
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  )
}
