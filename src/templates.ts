/** Reads the versioned templates of prompts, each once. */
import { readdirSync, readFileSync } from 'node:fs'
import { fromRoot } from './root.js'

const texts = new Map<string, string>()

/** `path` is relative to the root of the project. */
export function readTemplate(path: string): string {
  const text = texts.get(path) ?? readFileSync(fromRoot(path), 'utf8')
  texts.set(path, text)
  return text
}

export interface TemplatePart {
  /** Such as `repaired-1/system`. */
  readonly name: string
  readonly text: string
}

/** The parts of a template with their placeholders. `name` is a template, or one part of it. */
export function templateParts(folder: string, name: string): TemplatePart[] {
  if (name.includes('/')) return [{ name, text: readTemplate(`${folder}/${name}.md`) }]
  return readdirSync(fromRoot(`${folder}/${name}`))
    .sort()
    .map((file) => ({
      name: `${name}/${file.replace(/\.md$/, '')}`,
      text: readTemplate(`${folder}/${name}/${file}`),
    }))
}
