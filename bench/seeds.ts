/** Seeds as a script is told them: `16` for the first sixteen, `100-115` for these. */
export function seedsFrom(text: string): { readonly first: number; readonly last: number } {
  const [from, to] = text.split('-').map(Number) as [number, number?]
  return to === undefined ? { first: 0, last: from - 1 } : { first: from, last: to }
}
