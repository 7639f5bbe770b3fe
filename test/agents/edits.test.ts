/** Answers of models, well formed and not: what is read, what is refused, and with which word. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyEdits, EDIT_PROBLEMS, type EditProblem, parseAnswer } from '../../src/agents/edits.js'
import { isStorable } from '../../src/domain/storable-text.js'
import { searchReplaceBetween } from './written-edits.js'

const TRAIN = `import torch

DEPTH = 8
MATRIX_LR = 0.04  # of Muon


def forward(x):
    x = norm(x)
    return x


def step(x):
    x = norm(x)
    return x + 1
`
const FILES = { 'train.py': TRAIN, 'model/net.py': 'WIDTH = 64\n' }
const EDITABLE = Object.keys(FILES)

function answer(...blocks: string[]): string {
  return ['DESCRIPTION: change the depth', 'CATEGORY: architecture', '', ...blocks].join('\n')
}

function block(search: string, replace: string, path = 'train.py'): string {
  return [path, '<<<<<<< SEARCH', search, '=======', replace, '>>>>>>> REPLACE', '']
    .filter((line, i) => i > 0 || line !== '')
    .join('\n')
}

/** The word of the refusal, or the edited files. */
function outcomeOf(
  text: string,
  format: 'search-replace' | 'whole-file' = 'search-replace',
  editable = EDITABLE,
) {
  const parsed = parseAnswer(text, format)
  if (!parsed.ok) return parsed
  return applyEdits(FILES, parsed.edits, { editable })
}

function trainOf(text: string, format: 'search-replace' | 'whole-file' = 'search-replace'): string {
  const applied = outcomeOf(text, format)
  if (!applied.ok) throw new Error(`${applied.problem}: ${applied.message}`)
  return applied.files['train.py']!
}

const DEEPER = TRAIN.replace('DEPTH = 8', 'DEPTH = 12')
const EDIT = block('DEPTH = 8', 'DEPTH = 12')

describe('what is read', () => {
  it.each<[string, string]>([
    ['a block below its path', answer(EDIT)],
    ['a block in a fence', answer('train.py', '```python', block('DEPTH = 8', 'DEPTH = 12', ''), '```')],
    ['a path in the fence', answer('```python train.py', block('DEPTH = 8', 'DEPTH = 12', ''), '```')],
    ['a path in bold', answer(block('DEPTH = 8', 'DEPTH = 12', '**train.py**'))],
    ['a path in ticks with a colon', answer(block('DEPTH = 8', 'DEPTH = 12', '`train.py`:'))],
    ['a path as a heading', answer(block('DEPTH = 8', 'DEPTH = 12', '### File: train.py'))],
    ['a path that begins with a dot', answer(block('DEPTH = 8', 'DEPTH = 12', './train.py'))],
    ['markers of other lengths', answer(EDIT.replace('<<<<<<<', '<<<<<').replace('>>>>>>>', '>>>>>>>>'))],
    ['ends of lines of Windows', answer(EDIT).replaceAll('\n', '\r\n')],
    ['prose around the block', answer('I will deepen it.', '', EDIT, 'That should help.')],
    ['a description in bold', answer(EDIT).replace('DESCRIPTION: change', '**Description:** change')],
    ['trailing white space', answer(block('DEPTH = 8   ', 'DEPTH = 12'))],
    ['blank lines around the old lines', answer(block('\n\nDEPTH = 8\n\n\n', 'DEPTH = 12'))],
    ['another indentation', answer(block('    DEPTH = 8', '    DEPTH = 12'))],
    ['an edit of a second file', answer(EDIT, block('WIDTH = 64', 'WIDTH = 96', 'model/net.py'))],
  ])('%s', (_, text) => {
    expect(trainOf(text)).toBe(DEEPER)
  })

  it('fits the new lines to the indentation of the file', () => {
    const text = answer(block('x = norm(x)\nreturn x + 1', 'x = norm(x)\nif x:\n    x = 2\nreturn x + 1'))
    expect(trainOf(text)).toBe(
      TRAIN.replace('    return x + 1', '    if x:\n        x = 2\n    return x + 1'),
    )
  })

  it('keeps the ends of lines that the file has', () => {
    const parsed = parseAnswer(answer(EDIT), 'search-replace')
    if (!parsed.ok) throw new Error(parsed.message)
    const files = { 'train.py': TRAIN.replaceAll('\n', '\r\n') }
    expect(applyEdits(files, parsed.edits, { editable: ['train.py'] })).toEqual({
      ok: true,
      files: { 'train.py': DEEPER.replaceAll('\n', '\r\n') },
    })
  })

  it('removes lines by an empty replacement', () => {
    expect(trainOf(answer('train.py\n<<<<<<< SEARCH\nDEPTH = 8\n=======\n>>>>>>> REPLACE'))).toBe(
      TRAIN.replace('DEPTH = 8\n', ''),
    )
  })

  it('applies several blocks one after the other', () => {
    const text = answer(
      EDIT,
      block('DEPTH = 12\nMATRIX_LR = 0.04  # of Muon', 'DEPTH = 12\nMATRIX_LR = 0.05'),
    )
    expect(trainOf(text)).toBe(DEEPER.replace('0.04  # of Muon', '0.05'))
  })

  it('reads the words of the agent', () => {
    expect(parseAnswer(answer(EDIT), 'search-replace')).toMatchObject({
      description: 'change the depth',
      category: 'architecture',
    })
    expect(parseAnswer(answer(EDIT).replace('architecture', 'Optimizers'), 'search-replace')).toMatchObject({
      category: 'optimizer',
    })
  })

  it('classifies the description where the agent names no category, and takes prose for a description', () => {
    expect(
      parseAnswer(`Cosine schedule instead of a linear one.\n\n${EDIT}`, 'search-replace'),
    ).toMatchObject({
      description: 'Cosine schedule instead of a linear one.',
      category: 'schedule',
    })
  })

  it.each<[string, string]>([
    ['a fence below the path', answer('train.py', '```python', DEEPER.trimEnd(), '```')],
    ['a longer fence around text with fences', answer('train.py', '````', DEEPER.trimEnd(), '````')],
  ])('whole file: %s', (_, text) => {
    expect(trainOf(text, 'whole-file')).toBe(DEEPER)
  })

  it('takes one block without a path for the only editable file', () => {
    const text = answer('```python', DEEPER.trimEnd(), '```')
    expect(outcomeOf(text, 'whole-file', ['train.py'])).toMatchObject({ ok: true })
  })
})

const WHOLE = (path: string, content: string, fence = '```') =>
  [path, `${fence}python`, content, fence, ''].join('\n')

const MALFORMED: readonly [name: string, problem: EditProblem, text: string, format?: 'whole-file'][] = [
  ['nothing', 'no_edit', ''],
  ['white space', 'no_edit', ' \n\n\t\n'],
  ['a refusal', 'no_edit', 'I am sorry, I cannot help with that.'],
  ['an announcement alone', 'no_edit', answer('I will now change the depth.')],
  [
    'JSON of changes',
    'wrong_format',
    '{"description": "a", "changes": [{"old": "DEPTH = 8", "new": "DEPTH = 12"}]}',
  ],
  ['JSON in a fence', 'wrong_format', '```json\n{"old": "DEPTH = 8", "new": "DEPTH = 12"}\n```'],
  ['JSON that is cut off', 'wrong_format', '{"description": "deeper", "changes": [{"old": "DEP'],
  ['a unified diff', 'wrong_format', '--- a/train.py\n+++ b/train.py\n@@ -3 +3 @@\n-DEPTH = 8\n+DEPTH = 12'],
  [
    'a patch of another tool',
    'wrong_format',
    '*** Begin Patch\n*** Update File: train.py\n-DEPTH = 8\n+DEPTH = 12',
  ],
  ['tags', 'wrong_format', '<search>DEPTH = 8</search><replace>DEPTH = 12</replace>'],
  [
    'a call of a tool',
    'wrong_format',
    '<function_calls><invoke name="edit">DEPTH = 12</invoke></function_calls>',
  ],
  ['a whole file where blocks are asked for', 'wrong_format', answer(WHOLE('train.py', DEEPER))],
  ['blocks where a whole file is asked for', 'wrong_format', answer(EDIT), 'whole-file'],
  [
    'blocks in a fence where a whole file is asked for',
    'wrong_format',
    answer('train.py', '```', block('DEPTH = 8', 'DEPTH = 12', ''), '```'),
    'whole-file',
  ],
  [
    'a diff where a whole file is asked for',
    'wrong_format',
    '--- a/train.py\n+++ b/train.py\n@@ -3 +3 @@\n-DEPTH = 8\n+DEPTH = 12',
    'whole-file',
  ],
  ['no word of what changes', 'no_description', EDIT],
  ['a block that is cut off in the old lines', 'unclosed', answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8')],
  [
    'a block that is cut off at the divider',
    'unclosed',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', '======='),
  ],
  [
    'a block that is cut off in the new lines',
    'unclosed',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', '=======', 'DEPTH = 1'),
  ],
  [
    'a block in a block',
    'unclosed',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', '<<<<<<< SEARCH', 'a'),
  ],
  [
    'a block in the new lines',
    'unclosed',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', '=======', 'DEPTH = 12', EDIT),
  ],
  [
    'no divider',
    'no_divider',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', 'DEPTH = 12', '>>>>>>> REPLACE'),
  ],
  [
    'an arrow for a divider',
    'no_divider',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', '------>', 'DEPTH = 12', '>>>>>>> REPLACE'),
  ],
  [
    'two dividers',
    'second_divider',
    answer('train.py', '<<<<<<< SEARCH', 'DEPTH = 8', '=======', 'DEPTH = 12', '=======', '>>>>>>> REPLACE'),
  ],
  ['an end without a beginning', 'stray_marker', answer('train.py', 'DEPTH = 12', '>>>>>>> REPLACE')],
  ['two ends', 'stray_marker', answer(`${EDIT}>>>>>>> REPLACE`)],
  [
    'markers that changed places',
    'stray_marker',
    answer('train.py', '>>>>>>> REPLACE', 'DEPTH = 8', '=======', 'DEPTH = 12', '<<<<<<< SEARCH'),
  ],
  ['no path although there are two files', 'no_path', answer(block('DEPTH = 8', 'DEPTH = 12', ''))],
  [
    'two blocks of code without a path',
    'no_path',
    answer(WHOLE('First:', 'a'), WHOLE('Then:', 'b')),
    'whole-file',
  ],
  ['no old lines', 'empty_search', answer(block('', 'DEPTH = 12'))],
  ['old lines of white space', 'empty_search', answer(block('   \n\n', 'DEPTH = 12'))],
  [
    'one file twice',
    'repeated_file',
    answer(WHOLE('train.py', DEEPER), WHOLE('train.py', TRAIN)),
    'whole-file',
  ],
  ['hundreds of blocks', 'too_many', answer(...Array.from({ length: 101 }, () => EDIT))],
  ['an answer without end', 'too_large', answer(block('DEPTH = 8', 'x'.repeat(1_000_001)))],
  ['a program without end', 'too_large', answer(block('DEPTH = 8', 'x = 1\n'.repeat(100_000)))],
  ['a quotation without end', 'not_found', answer(block('x = 1\n'.repeat(100_000), 'a'))],
  ['a NUL character', 'not_text', answer(block('DEPTH = 8', 'DEPTH = "\0"'))],
  ['half a surrogate pair', 'not_text', answer(block('DEPTH = 8', 'DEPTH = "\ud800"'))],
  ['a path above the task', 'outside', answer(block('a', 'b', '../evaluate.py'))],
  ['a path above the task, inside', 'outside', answer(block('a', 'b', 'model/../../evaluate.py'))],
  ['an absolute path', 'outside', answer(block('a', 'b', '/etc/passwd.txt'))],
  ['a path of Windows', 'outside', answer(block('a', 'b', 'C:\\task\\train.py'))],
  ['a path from the home folder', 'outside', answer(block('a', 'b', '~/train.py'))],
  ['a file that evaluates', 'not_editable', answer(block('a', 'b', 'prepare.py'))],
  ['a new file', 'not_editable', answer(WHOLE('sitecustomize.py', 'import os')), 'whole-file'],
  ['a name in other letters', 'not_editable', answer(block('DEPTH = 8', 'DEPTH = 12', 'Train.py'))],
  ['lines that are not there', 'not_found', answer(block('WARMUP = 3', 'WARMUP = 4'))],
  ['part of a line', 'not_found', answer(block('LR = 0.04', 'LR = 0.05'))],
  ['lines with numbers before them', 'not_found', answer(block('3 DEPTH = 8', '3 DEPTH = 12'))],
  ['lines with the signs of a diff', 'not_found', answer(block('-DEPTH = 8', '+DEPTH = 12'))],
  ['lines in another order', 'not_found', answer(block('MATRIX_LR = 0.04  # of Muon\nDEPTH = 8', 'a'))],
  ['lines of the file as it was before a block of its own', 'not_found', answer(EDIT, EDIT)],
  [
    'lines with an indentation that varies',
    'not_found',
    answer(block('def step(x):\nx = norm(x)\n      return x + 1', 'a')),
  ],
  ['lines that occur twice', 'ambiguous', answer(block('    x = norm(x)', '    x = 2'))],
  ['lines that occur twice but for white space', 'ambiguous', answer(block('x = norm(x)  ', 'x = 2'))],
  [
    'a comment for code that is left out',
    'elided',
    answer(block('DEPTH = 8', 'DEPTH = 12\n# ... existing code ...')),
  ],
  ['three dots for code that is left out', 'elided', answer(block('DEPTH = 8', 'DEPTH = 12\n# ...'))],
  [
    'a whole file with code left out',
    'elided',
    answer(WHOLE('train.py', 'DEPTH = 12\n\n# ... rest of the code remains unchanged')),
    'whole-file',
  ],
  ['a whole file that is cut off', 'unclosed', answer('train.py', '```python', DEEPER), 'whole-file'],
  ['a whole file of nothing', 'no_edit', answer(WHOLE('train.py', '  ')), 'whole-file'],
  ['the same lines again', 'unchanged', answer(block('DEPTH = 8', 'DEPTH = 8'))],
  ['the same file again', 'unchanged', answer(WHOLE('train.py', TRAIN.trimEnd())), 'whole-file'],
  ['two blocks that undo each other', 'unchanged', answer(EDIT, block('DEPTH = 12', 'DEPTH = 8'))],
]

describe('what is refused', () => {
  it.each(MALFORMED)('%s: %s', (_, problem, text, format) => {
    const refused = outcomeOf(text, format ?? 'search-replace')
    expect(refused).toMatchObject({ ok: false, problem })
    expect(!refused.ok && refused.message).toMatch(/^[A-Z~/.\w"].{15,}/s)
  })

  it('has a case for every problem', () => {
    expect(new Set(MALFORMED.map(([, problem]) => problem))).toEqual(new Set(EDIT_PROBLEMS))
  })

  it('shows the near miss', () => {
    const refused = outcomeOf(answer(block('def forward(x):\n    x = norm(y)\n    return x', 'a')))
    expect(!refused.ok && refused.message).toContain(
      'begin at line 7:\ndef forward(x):\n    x = norm(x)\n    return x\n',
    )
  })

  it('shows the line of which only a part was quoted', () => {
    const refused = outcomeOf(answer(block('MATRIX_LR = 0.04', 'MATRIX_LR = 0.05')))
    expect(!refused.ok && refused.message).toContain('MATRIX_LR = 0.04  # of Muon')
  })

  it('says at which lines old lines occur', () => {
    const refused = outcomeOf(answer(block('    x = norm(x)', 'a')))
    expect(!refused.ok && refused.message).toContain('2 times in train.py, at lines 8, 13')
  })

  it('applies none of the edits where one cannot be applied', () => {
    const before = JSON.stringify(FILES)
    expect(outcomeOf(answer(EDIT, block('nowhere', 'a'))).ok).toBe(false)
    expect(JSON.stringify(FILES)).toBe(before)
  })

  it('answers whatever a model writes, in bounded time', () => {
    const words = fc.constantFrom(
      '<<<<<<< SEARCH',
      '=======',
      '>>>>>>> REPLACE',
      '```',
      '````python',
      'train.py',
      'DEPTH = 8',
      '',
      '  x',
      '@@ -1 +1 @@',
      '# ...',
      '{"old":',
      '\u0085',
    )
    const texts = fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }).map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom('search-replace' as const, 'whole-file' as const),
        (text, format) => {
          const found = outcomeOf(text, format)
          if (!found.ok) expect(EDIT_PROBLEMS).toContain(found.problem)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('edits made from two texts', () => {
  const line = fc.oneof(
    fc.constantFrom('', '    x = norm(x)', '    return x', 'DEPTH = 8', '  ', '\tif x:', 'def f():'),
    fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter(
        (s) => !/[\n\r\0]/.test(s) && isStorable(s) && !/^\s*([<>=]{5,9}|(#|\/\/)?\s*(\.\.\.|…))/.test(s),
      ),
  )
  const text = fc.array(line, { minLength: 1, maxLength: 40 }).map((lines) => `${lines.join('\n')}\n`)

  it('give the second text when they are applied to the first', () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        fc.pre(from !== to && from.trim() !== '')
        const parsed = parseAnswer(answer(...searchReplaceBetween(from, to, 'train.py')), 'search-replace')
        if (!parsed.ok) throw new Error(parsed.message)
        const applied = applyEdits({ 'train.py': from }, parsed.edits, { editable: ['train.py'] })
        expect(applied).toEqual({ ok: true, files: { 'train.py': to } })
      }),
      { numRuns: 500 },
    )
  })
})
