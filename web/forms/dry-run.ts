/** Asks the service what it says of a request, a moment after the last change: nothing is created. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Call, Refusal, request } from '../app/api.js'

/** So that not every letter is a request. */
const PAUSE_MS = 350

export interface DryRunState<Answer> {
  readonly answer: Signal<Answer | undefined>
  readonly refusal: Signal<unknown>
}

/** Undefined: what is written is not complete enough to ask. */
export function useDryRun<Answer>(call: Call | undefined): DryRunState<Answer> {
  const answer = useSignal<Answer | undefined>(undefined)
  const refusal = useSignal<unknown>(undefined)
  useEffect(() => {
    if (call === undefined) {
      answer.value = undefined
      refusal.value = undefined
      return
    }
    const ended = new AbortController()
    const timer = setTimeout(() => {
      request<Answer>(call, ended.signal).then(
        (found) => {
          answer.value = found
          refusal.value = undefined
        },
        (error) => {
          if (ended.signal.aborted) return
          answer.value = undefined
          refusal.value = error
        },
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [JSON.stringify(call)])
  return { answer, refusal }
}

/** Each fault by its place in the request. */
export function faultsOf(refusal: unknown): ReadonlyMap<string, string> {
  return new Map(refusal instanceof Refusal ? refusal.errors.map(({ path, message }) => [path, message]) : [])
}
