/**
 * The trials of a study whose service is reached over HTTP. A trial that is given back does not pause the study: other workers may
 * run it.
 */
import { setTimeout } from 'node:timers/promises'
import type { ServiceClient } from './service-client.js'
import type { TrialClient } from './trial-client.js'

export function httpTrialClient({ get, post }: ServiceClient, study: string): TrialClient {
  const path = (number: number, verb: string) => `/studies/${study}/trials/${number}/${verb}`
  return {
    ask: (worker) => post(`/studies/${study}/ask`, { worker }),
    heartbeat: async (number, token) => {
      await post(path(number, 'heartbeat'), { token })
    },
    report: (number, token, step, value) => post(path(number, 'report'), { token, step, value }),
    tell: async (number, token, told) => {
      await post(path(number, 'tell'), { token, ...told })
    },
    program: (hash) => get(`/studies/${study}/programs/${hash}`),
    giveBack: async (number, token, reason) => {
      await post(path(number, 'return'), { token, reason })
    },
    goOn: async () => {},
    wait: (milliseconds) => setTimeout(milliseconds),
  }
}
