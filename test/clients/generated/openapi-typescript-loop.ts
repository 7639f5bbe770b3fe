/** An ask/tell loop by the types that openapi-typescript makes, and openapi-fetch. Arguments: the server, the study. */
import createClient from 'openapi-fetch'
import type { components, paths } from './schema.js'

type StudySpec = components['schemas']['StudySpec']

const [server, spec] = process.argv.slice(2) as [string, string]
const client = createClient<paths>({ baseUrl: server })
const given: StudySpec = JSON.parse(spec)
const created = await client.POST('/studies', { body: given })
if (created.error) throw new Error(created.error.detail)
const study = created.data.name

for (;;) {
  const { data: asked } = await client.POST('/studies/{study}/ask', {
    params: { path: { study } },
    body: { worker: 'w', count: 1, wait: 0 },
  })
  const trial = asked?.trials[0]
  if (trial === undefined) {
    if (asked?.reason?.code !== 'finished') throw new Error(JSON.stringify(asked))
    break
  }
  const params = { path: { study, number: trial.number } }
  const { token } = trial.lease
  const value = (Number(trial.params.x) - 1) ** 2
  const { data: decided } = await client.POST('/studies/{study}/trials/{number}/report', {
    params,
    body: { token, step: 1, value },
  })
  const outcome = decided?.decision === 'stop' ? 'pruned' : 'complete'
  const { data: told } = await client.POST('/studies/{study}/trials/{number}/tell', {
    params,
    body: { token, outcome, value },
  })
  if (told?.state !== outcome) throw new Error(JSON.stringify(told))
}

const missing = await client.GET('/studies/{study}', { params: { path: { study: 'nowhere' } } })
if (missing.error?.code !== 'study_not_found') throw new Error(JSON.stringify(missing))
const { data: ended } = await client.GET('/studies/{study}', { params: { path: { study } } })
console.log(ended?.best?.value)
