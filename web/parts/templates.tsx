/** The templates of the prompts that a study's model gets, with their placeholders; what was sent is beside each call. */
import { studyPath } from '../app/api.js'
import type { Prompts } from '../data/types.js'
import { useResource } from './resource.js'

export function TemplatesPanel({ study }: { readonly study: string }) {
  const { answer } = useResource<Prompts>(studyPath(study, 'prompts'))
  const prompts = answer.value?.prompts ?? []
  if (prompts.length === 0) return null
  return (
    <section class="panel">
      <h3>Prompts</h3>
      <p class="soft">
        The templates, with their placeholders. What was sent for a trial is among the calls below.
      </p>
      {prompts.map(({ name, text }) => (
        <details key={name}>
          <summary>{name}</summary>
          <pre class="wrapped" tabIndex={0}>
            {text}
          </pre>
        </details>
      ))}
    </section>
  )
}
