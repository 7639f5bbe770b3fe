/** Diffs of programs, and the controls that edit without a model. */
import { applyPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkParams, compileSpace } from '../../search-spaces/index.js'
import { countLines, linesChanged, patchKey, unifiedDiff } from '../../src/agents/diff.js'
import { editByScript, setConstants } from '../../src/agents/editors.js'

describe('diffs', () => {
  const texts = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '    d', '-- e'), { maxLength: 30 })
    .map((lines) => lines.map((line) => `${line}\n`).join(''))

  it('lead from one program to the other', () => {
    fc.assert(
      fc.property(texts, texts, (from, to) => {
        const diff = unifiedDiff({ 'a.py': from }, { 'a.py': to })
        if (from === to) expect(diff).toBe('')
        else expect(applyPatch(from, diff)).toBe(to)
      }),
    )
  })

  it('count lines that were added and removed, over all files', () => {
    expect(linesChanged({ a: '1\n2\n', b: 'x\n' }, { a: '1\n3\n', b: 'x\ny\n' })).toBe(3)
    expect(countLines({ a: '1\n\n2\n', b: 'x' })).toBe(3)
  })

  it('name a file that is new', () => {
    expect(unifiedDiff({}, { 'a.py': 'x\n' })).toBe('--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,1 @@\n+x\n')
  })

  it('have one key for the same change at another place and with other spacing', () => {
    const key = (from: string, to: string) => patchKey({ a: from }, { a: to })
    expect(key('x = 1\n', 'x = 2\n')).toBe(key('import y\n\n  x  = 1\n', 'import y\n\n  x = 2\n'))
    expect(key('x = 1\n', 'x = 2\n')).not.toBe(key('x = 2\n', 'x = 1\n'))
  })

  it('are written in bounded time where everything differs', () => {
    const lines = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}\n`).join('')
    expect(linesChanged({ a: lines('x') }, { a: lines('y') })).toBe(40_000)
    expect(unifiedDiff({ a: lines('x') }, { a: lines('y') })).toContain('@@ -1,20000 +1,20000 @@')
  })
})

describe('constants', () => {
  const FILE = `LR = 0.04  # of Muon
NAME: str = 'a # b'
WIDE=2**16
def f():
    LR = 3
`

  it('are set where they are assigned at the top, with annotation and comment kept', () => {
    expect(
      setConstants({ 'train.py': FILE }, { LR: 0.05, NAME: 'b "c"', WIDE: 128 })!['train.py'],
    ).toBe(`LR = 0.05  # of Muon
NAME: str = "b \\"c\\""
WIDE=128
def f():
    LR = 3
`)
  })

  it('are left alone where there is none, or in another language', () => {
    expect(setConstants({ 'train.py': FILE }, { DEPTH: 3 })).toBeNull()
    expect(setConstants({ 'train.c': 'LR = 1' }, { LR: 3 })).toBeNull()
    expect(setConstants({ 'train.py': FILE }, { LR: 0.04 })).toBeNull()
  })
})

describe('controls', () => {
  const space = compileSpace({
    parameters: {
      LR: { type: 'float', low: 0.01, high: 1, log: true, default: 0.04 },
      DEPTH: { type: 'int', low: 2, high: 24, default: 8 },
      ACT: { type: 'categorical', choices: ['relu', 'gelu'], default: 'relu' },
    },
  })
  const files = { 'train.py': "LR = 0.04\nDEPTH = 8\nACT = 'relu'\n", 'notes.txt': 'x' }
  const request = (number: number) => ({
    files,
    constants: { LR: 0.04, DEPTH: 8, ACT: 'relu' },
    space,
    seed: 3,
    number,
  })

  it('no-op is the same program but for a comment, with the seed of the parent', () => {
    const edit = editByScript('no-op', request(7))
    expect(edit).toMatchObject({
      ok: true,
      seed: 0,
      files: { 'train.py': `${files['train.py']}# trial 7: the same program\n` },
    })
    const again = editByScript('no-op', { ...request(8), files: edit.ok ? edit.files : {} })
    expect(again).toMatchObject({
      files: { 'train.py': `${files['train.py']}# trial 8: the same program\n` },
    })
  })

  it('seed-only runs with the seed of its trial', () => {
    expect(editByScript('seed-only', request(7))).toMatchObject({ ok: true, seed: 7 })
  })

  it('constants-only changes constants within the space, the same ones for the same key', () => {
    const texts = new Set<string>()
    for (let number = 0; number < 100; number++) {
      const edit = editByScript('constants-only', request(number))
      if (!edit.ok) throw new Error(edit.message)
      expect(editByScript('constants-only', request(number))).toEqual(edit)
      expect(edit.files['train.py']).not.toBe(files['train.py'])
      texts.add(edit.files['train.py']!)
      const [lr, depth, act] = edit.files['train.py']!.split('\n').map((line) => line.split(' = ')[1]!)
      expect(
        checkParams(space, { LR: Number(lr), DEPTH: Number(depth), ACT: act!.replace(/['"]/g, '') }),
      ).toEqual([])
    }
    expect(texts.size).toBeGreaterThan(50)
  })

  it('say why they cannot edit', () => {
    expect(editByScript('no-op', { ...request(1), files: { 'a.c': '' } })).toMatchObject({ ok: false })
    expect(editByScript('constants-only', { ...request(1), files: { 'train.py': 'x = 1\n' } })).toEqual({
      ok: false,
      message: 'no constant of the space stands in the program as NAME = value on one line',
    })
  })
})
