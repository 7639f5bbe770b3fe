import autoresearch14 from './autoresearch-14.json' with { type: 'json' }
import { readSpace } from './read.js'
import type { Space } from './types.js'

const files = [autoresearch14]

/** Read when first asked for: reading the expressions takes longer than anything else here. */
const read = new Map<string, Space>()

export function catalogue(): { name: string; description: string; parameters: number }[] {
  return files.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters: Object.keys(parameters).length,
  }))
}

export function spaceNamed(name: string): Space | undefined {
  const file = files.find((candidate) => candidate.name === name)
  if (file && !read.has(name)) read.set(name, readSpace(file))
  return read.get(name)
}
