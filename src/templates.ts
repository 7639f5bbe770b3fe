/** Reads the versioned templates of prompts, each once. */
import { readFileSync } from 'node:fs'
import { fromRoot } from './root.js'

const texts = new Map<string, string>()

/** `path` is relative to the root of the project. */
export function readTemplate(path: string): string {
  const text = texts.get(path) ?? readFileSync(fromRoot(path), 'utf8')
  texts.set(path, text)
  return text
}
