/** What a program changed of its parent, as a unified diff; of a baseline its whole source. */
import { useSignal } from '@preact/signals'
import { studyPath } from '../app/api.js'
import type { ProgramDiff } from '../data/types.js'
import { Fault } from './controls.js'
import { useResource } from './resource.js'

export function ProgramDifference({
  study,
  hash,
  open,
}: {
  readonly study: string
  readonly hash: string
  readonly open: boolean
}) {
  const wanted = useSignal(open)
  return (
    <details
      open={open}
      onToggle={(event) => {
        wanted.value ||= event.currentTarget.open
      }}
    >
      <summary>What it changed</summary>
      {wanted.value && <Difference study={study} hash={hash} />}
    </details>
  )
}

function Difference({ study, hash }: { readonly study: string; readonly hash: string }) {
  const { answer, fault } = useResource<ProgramDiff>(studyPath(study, 'programs', hash, 'diff'))
  if (fault.value) return <Fault error={fault.value} />
  if (!answer.value) return <p class="waiting">…</p>
  const { from, diff } = answer.value
  return (
    <>
      <h4>{from ? `From ${from.slice(0, 8)} to ${hash.slice(0, 8)}` : `Program ${hash.slice(0, 8)}`}</h4>
      <pre class="diff" tabIndex={0}>
        {diff === ''
          ? 'It changes nothing.'
          : diff.split('\n').map((line, i) => <Line key={i} text={line} />)}
      </pre>
    </>
  )
}

const KINDS: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'place' }

/** The sign at its beginning says what a line is; the colour repeats it. */
function Line({ text }: { readonly text: string }) {
  const head = text.startsWith('+++ ') || text.startsWith('--- ')
  return <span class={head ? 'place' : KINDS[text[0] ?? '']}>{`${text}\n`}</span>
}
