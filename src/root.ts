/** Resolves paths of the project's own files. It works from the sources and from dist/. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const projectRoot = (function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('package.json was not found above the code')
  return find(parent)
})(dirname(fileURLToPath(import.meta.url)))

export function fromRoot(path: string): string {
  return join(projectRoot, path)
}

export const version: string = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')).version
