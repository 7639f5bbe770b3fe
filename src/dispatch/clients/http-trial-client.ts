/** Where trials come from and results go to: a service that is reached over HTTP. */
import { setTimeout } from 'node:timers/promises'
import { FAULTS, Fault, type FaultCode } from '../../faults.js'
import type { TrialClient } from './trial-client.js'

const TIMEOUT_MS = 60_000

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly [more: string]: unknown
}

export interface ServiceClient {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

export function openServiceClient(server: string, token: string | undefined): ServiceClient {
  const base = server.replace(/\/$/, '')
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const init = { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await fetch(`${base}${path}`, init)
    if (answer.ok) return (await answer.json()) as T
    const problem = (await answer.json().catch(() => ({}))) as Problem
    throw faultOf(problem, `${server} answered ${answer.status}`)
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) }
}

export function httpTrialClient({ post }: ServiceClient, study: string): TrialClient {
  const trial = (number: number, verb: string) => `/studies/${study}/trials/${number}/${verb}`
  return {
    ask: (worker) => post(`/studies/${study}/ask`, { worker }),
    heartbeat: async (number, token) => {
      await post(trial(number, 'heartbeat'), { token })
    },
    report: (number, token, step, value) => post(trial(number, 'report'), { token, step, value }),
    tell: async (number, token, told) => {
      await post(trial(number, 'tell'), { token, ...told })
    },
    wait: (milliseconds) => setTimeout(milliseconds),
  }
}

/** What a problem document says, as it was thrown there. */
function faultOf(problem: Problem, otherwise: string): Error {
  const { code, detail, ...extra } = problem
  if (code === undefined || !(code in FAULTS)) return new Error(detail ?? otherwise)
  return new Fault(code as FaultCode, detail ?? otherwise, extra)
}
