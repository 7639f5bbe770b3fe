/** The keys of the page, and the list of them that `?` shows. */
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { goTo, route } from './route.js'

export const keysShown = signal(false)

interface Key {
  readonly key: string
  readonly does: string
  readonly run: () => void
}

/** Of the page that is shown, beside those that hold everywhere. */
export const pageKeys = signal<readonly Key[]>([])

const TABS = ['', 'space', 'importance', 'trials', 'advice', 'time', 'behaviour'] as const

const everywhere: readonly Key[] = [
  { key: '?', does: 'show or hide this list', run: () => (keysShown.value = !keysShown.value) },
  { key: 'g', does: 'all studies', run: () => goTo() },
  { key: 'x', does: 'all experiments', run: () => goTo('experiments') },
  { key: 'n', does: 'a new study', run: () => goTo('new') },
  { key: 'N', does: 'a new experiment', run: () => goTo('new-experiment') },
  { key: 'c', does: 'compare studies', run: () => goTo('compare') },
]

const inStudy: readonly Key[] = TABS.map((tab, i) => ({
  key: String(i + 1),
  does: `of a study: ${tab === '' ? 'now' : tab}`,
  run: () => {
    const [kind, name] = route.value.path
    if (kind === 'studies' && name !== undefined) goTo('studies', name, ...(tab === '' ? [] : [tab]))
  },
}))

export function Keys() {
  useEffect(() => {
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [])
  const dialog = useRef<HTMLDialogElement>(null)
  const shown = keysShown.value
  useEffect(() => {
    if (shown) dialog.current?.showModal()
    else dialog.current?.close()
  }, [shown])
  return (
    <dialog
      ref={dialog}
      aria-label="Keys"
      onClose={() => {
        keysShown.value = false
      }}
    >
      <h2>Keys</h2>
      <dl class="keys">
        {[...everywhere, ...inStudy, ...pageKeys.value].map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>←</kbd> <kbd>→</kbd>
          </dt>
          <dd>in a figure: from point to point; Enter opens the trial, Esc shows all again</dd>
        </div>
      </dl>
      <form method="dialog">
        <button type="submit">close</button>
      </form>
    </dialog>
  )
}

function hear(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
  const found = [...pageKeys.value, ...everywhere, ...inStudy].find(({ key }) => key === event.key)
  if (found === undefined || (keysShown.value && found.key !== '?')) return
  event.preventDefault()
  found.run()
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
}
