/** What a request answers, as a signal: asked when a component appears, and again when its path or `again` changes. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get } from '../app/api.js'

export interface Resource<Answer> {
  readonly answer: Signal<Answer | undefined>
  readonly fault: Signal<unknown>
  readonly again: () => void
}

/** `every`: asked again after so many milliseconds, while the tab is looked at. */
export function useResource<Answer>(
  path: string | undefined,
  every?: number,
  key: unknown = '',
): Resource<Answer> {
  const answer = useSignal<Answer | undefined>(undefined)
  const fault = useSignal<unknown>(undefined)
  const count = useSignal(0)
  useEffect(() => {
    if (path === undefined) return
    const ended = new AbortController()
    const ask = async () => {
      try {
        answer.value = await get<Answer>(path, ended.signal)
        fault.value = undefined
      } catch (error) {
        // An answer that was there stays while the service is away.
        if (!ended.signal.aborted && !(error instanceof TypeError && answer.peek())) fault.value = error
      }
    }
    void ask()
    const timer = every === undefined ? undefined : setInterval(() => document.hidden || void ask(), every)
    return () => {
      ended.abort()
      clearInterval(timer)
    }
  }, [path, key, count.value])
  return { answer, fault, again: () => count.value++ }
}
