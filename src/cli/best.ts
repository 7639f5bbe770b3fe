/** `chiron best`: prints the best configuration of a study, to paste where it is used. */
import type { Params } from '../../search-spaces/index.js'
import { openServiceClient } from '../dispatch/clients/service-client.js'
import {
  CONFIGURATION_FORMS,
  type ConfigurationForm,
  configurationText,
} from '../domain/configuration-text.js'
import { Fault } from '../faults.js'
import { formatValue, type Summary } from './study-view.js'
import { printable } from './terminal-text.js'

export interface BestOptions {
  readonly as: string
  readonly server: string
}

interface Found {
  readonly params: Params
  readonly what: string
}

/** The configuration goes to standard output, and what it is to standard error: a script reads the one, a person both. */
export async function printBest(
  study: string,
  options: BestOptions,
  token: string | undefined,
): Promise<void> {
  const form = readForm(options.as)
  const { params, what } = await findBest(study, options.server, token)
  console.error(printable(what))
  console.log(configurationText(params, form).split('\n').map(printable).join('\n'))
}

function readForm(text: string): ConfigurationForm {
  const form = CONFIGURATION_FORMS.find((one) => one === text)
  if (form !== undefined) return form
  throw new Fault('invalid_request', `--as ${text}: choose ${CONFIGURATION_FORMS.join(', ')}`)
}

/** What the optimizer recommends by its model, where it has one; else the best observed. */
async function findBest(study: string, server: string, token: string | undefined): Promise<Found> {
  const api = openServiceClient(server, token)
  const path = `/studies/${encodeURIComponent(study)}`
  const { recommended, incumbent } = await api.get<
    Summary & { readonly recommended?: Summary['recommended'] & { readonly params: Params } }
  >(`${path}/summary`)
  if (recommended !== undefined) {
    const { params, number, mean, sd } = recommended
    const trial = number === undefined ? 'a trial of long ago' : `trial ${number}`
    return { params, what: `recommended: ${trial}, ${formatValue(mean)} ± ${formatValue(sd)} without noise` }
  }
  if (incumbent === undefined)
    throw new Fault('no_results', `No trial of ${study} is complete yet: there is no best configuration`)
  const { number, value } = incumbent
  const { params } = await api.get<{ params: Params }>(`${path}/trials/${number}`)
  return { params, what: `best observed: trial ${number}, ${formatValue(value)}` }
}
