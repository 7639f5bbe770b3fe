/** Which page is shown, and how: the address after the #. Axes, brushes and selections are in its query. */
import { computed, signal } from '@preact/signals'

export interface Route {
  /** ['studies', 'NAME', 'space'] */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

const address = signal(location.hash)
addEventListener('hashchange', () => {
  address.value = location.hash
})

export const route = computed<Route>(() => {
  const [path = '', query = ''] = address.value.replace(/^#/, '').split('?', 2)
  return {
    path: path.split('/').filter(Boolean).map(decoded),
    query: new URLSearchParams(query),
  }
})

export function linkTo(...path: readonly (string | number)[]): string {
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}`
}

export function goTo(...path: readonly (string | number)[]): void {
  location.hash = linkTo(...path)
}

/** Changes the query in place: the way back leads to the page before, not through every brush. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = route.value
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  const hash = `${linkTo(...path)}${text && `?${text}`}`
  history.replaceState(null, '', hash)
  address.value = hash
}

export function queried(name: string, otherwise = ''): string {
  return route.value.query.get(name) ?? otherwise
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
