/** The scripted editor of the bench: its answers are edits of the task, over both wire formats. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { serveEditor } from '../../bench/structure/editor.js'
import { RULES } from '../../bench/structure/grammar.js'
import { applyEdits, parseAnswer } from '../../src/agents/edits.js'
import { fromRoot } from '../../src/root.js'
import type { Body } from '../service/service.js'

const PATHS = ['model.py', 'optimizer.py', 'train.py']
const read = async () => {
  const texts = await Promise.all(PATHS.map((path) => readFile(fromRoot(`trainer/gpt/${path}`), 'utf8')))
  return Object.fromEntries(PATHS.map((path, i) => [path, texts[i]!]))
}

it('has rules that all fit the source of the task', async () => {
  const files = await read()
  const unfit = RULES.filter(({ file, lines }) => !lines.test(files[file]!))
  expect(unfit.map(({ name }) => name)).toEqual([])
})

it('edits what it made before, and answers the same prompt alike', async () => {
  const editor = await serveEditor()
  const ask = async (path: string, content: string): Promise<Body> => {
    const body = JSON.stringify({ model: 'any', messages: [{ role: 'user', content }] })
    return (await fetch(`${editor.url}${path}`, { method: 'POST', body })).json()
  }
  try {
    let files = await read()
    const descriptions = new Set<string>()
    for (let trial = 0; trial < 60; trial++) {
      const shown = Object.entries(files).map(([path, text]) => `${path}\n${text}`)
      const prompt = `trial ${trial}\n# The source that you edit\n${shown.join('\n')}`
      const { content } = await ask('/v1/messages', prompt)
      const { choices } = await ask('/v1/chat/completions', prompt)
      expect(choices[0].message.content).toBe(content[0].text)
      const read = parseAnswer(content[0].text, 'search-replace')
      expect(read).toMatchObject({ ok: true })
      if (!read.ok) return
      const applied = applyEdits(files, read.edits, { editable: PATHS })
      expect(applied, content[0].text).toMatchObject({ ok: true })
      if (applied.ok) files = { ...applied.files } as typeof files
      descriptions.add(read.description)
    }
    expect(descriptions.size).toBeGreaterThan(20)
  } finally {
    await editor.close()
  }
})
