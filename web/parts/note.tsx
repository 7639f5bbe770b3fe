/** Writes a note and tags to a study or a trial. */
import { useSignal } from '@preact/signals'
import { request } from '../app/api.js'
import { Commands, faultText } from './controls.js'

export function NotePanel({
  path,
  note,
  tags,
  done,
}: {
  readonly path: string
  readonly note: string
  readonly tags: readonly string[]
  readonly done: () => void
}) {
  const text = useSignal(note)
  const labels = useSignal(tags.join(', '))
  const fault = useSignal<string | undefined>(undefined)
  const call = {
    method: 'PATCH',
    path,
    body: {
      note: text.value,
      tags: labels.value
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
    },
  } as const
  const save = async (event: Event) => {
    event.preventDefault()
    try {
      await request(call)
      done()
    } catch (error) {
      fault.value = faultText(error)
    }
  }
  return (
    <form class="note-form" onSubmit={save}>
      <label>
        Note
        <textarea
          rows={4}
          maxLength={10_000}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
        />
      </label>
      <label>
        Tags, separated by commas
        <input
          value={labels.value}
          onInput={(event) => {
            labels.value = event.currentTarget.value
          }}
        />
      </label>
      <button type="submit" class="main">
        save
      </button>
      {fault.value && (
        <p class="fault" role="alert">
          {fault.value}
        </p>
      )}
      <Commands calls={[{ label: 'save', call }]} />
    </form>
  )
}
