/** A page whose script is loaded when it is first shown. */
import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { Fault } from '../parts/controls.js'

export function loadedLater<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined
  return function Later(props: Props) {
    const there = useSignal(loaded !== undefined)
    const fault = useSignal<unknown>(undefined)
    useEffect(() => {
      if (loaded) return
      load().then(
        (module) => {
          loaded = module.default
          there.value = true
        },
        () => {
          fault.value = new Error('This part of the page could not be loaded: load the page again.')
        },
      )
    }, [])
    if (fault.value) return <Fault error={fault.value} />
    if (!there.value || loaded === undefined) return <p class="waiting">…</p>
    const Loaded = loaded
    return <Loaded {...props} />
  }
}
