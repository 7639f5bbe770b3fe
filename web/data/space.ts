/** The parameters of a study as axes. A study may name a space of the catalogue. */
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Axis } from '../../charts/scales.js'
import { get } from '../app/api.js'
import type { LiveStudy } from './study.js'
import type { NamedSpace, ParameterSpec, Study } from './types.js'

export type { NamedSpace }

const named = signal<readonly NamedSpace[] | undefined>(undefined)
let asked = false

export function namedSpaces(): readonly NamedSpace[] | undefined {
  if (!asked) {
    asked = true
    get<{ spaces: NamedSpace[] }>('/spaces').then(
      ({ spaces }) => {
        named.value = spaces
      },
      () => {
        asked = false
      },
    )
  }
  return named.value
}

export function parametersOf({ space }: Study): Readonly<Record<string, ParameterSpec>> | undefined {
  if (typeof space !== 'string') return space.parameters
  return namedSpaces()?.find(({ name }) => name === space)?.spec.parameters
}

/** Those that are searched, in the order in which their author wrote them. */
export function searchedNames(live: LiveStudy, study: Study): string[] {
  const specs = parametersOf(study)
  return inOrder(
    study,
    live.table.parameters.filter((name) => specs?.[name]?.type !== 'fixed'),
  )
}

export function inOrder(study: Study, names: readonly string[]): string[] {
  const order = Object.keys(parametersOf(study) ?? {})
  return [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b))
}

export function axisOf(live: LiveStudy, study: Study, name: string): Axis {
  if (name === 'value') return { label: study.objective.metric }
  const column = live.table.column(`params.${name}`)
  if (column?.kind === 'category') return { label: name, kind: 'category', categories: column.categories }
  const spec = parametersOf(study)?.[name]
  return {
    label: name,
    kind: spec?.log || spec?.powerOfTwo ? 'log' : 'linear',
    ...(spec?.type === 'int' && { whole: true }),
    ...(spec?.powerOfTwo === true && { ticks: powersOfTwo(spec) }),
    ...(spec?.low !== undefined && spec.high !== undefined && { include: [spec.low, spec.high] }),
  }
}

function powersOfTwo({ low = 1, high = 1 }: ParameterSpec): number[] {
  const first = Math.ceil(Math.log2(low))
  return Array.from({ length: Math.floor(Math.log2(high)) - first + 1 }, (_, i) => 2 ** (first + i))
}

export function valuesOf(live: LiveStudy, name: string): readonly number[] {
  return live.table.numbers(name === 'value' ? 'value' : `params.${name}`)
}

/** The best and the worst value that colours run between: the worst fifth counts as worst. */
export function valueRange(
  live: LiveStudy,
  study: Study,
): ReadonlySignal<readonly [best: number, worst: number]> {
  return computed(() => {
    void live.version.value
    const sorted = Float64Array.from(live.table.numbers('value').filter(Number.isFinite)).sort()
    if (sorted.length === 0) return [0, 1]
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
    return study.objective.direction === 'minimize' ? [at(0), at(0.8)] : [at(1), at(0.2)]
  })
}
