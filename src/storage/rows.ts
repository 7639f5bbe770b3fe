/**
 * Renames the columns of a hand-written statement's row to the names in tables.ts: `train_seconds` becomes
 * `trainSeconds`.
 */
export function fromSql<Row>(row: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [camelCase(name), value])) as Row
}

const camelCaseNames = new Map<string, string>()

function camelCase(name: string): string {
  const known = camelCaseNames.get(name)
  if (known !== undefined) return known
  const turned = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  camelCaseNames.set(name, turned)
  return turned
}
