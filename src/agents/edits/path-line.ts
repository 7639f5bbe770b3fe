/** Recognizes the lines of an answer that name a file, and the fences of code. */

export function isFence(line: string): boolean {
  return fenceOf(line) !== null
}

export function fenceOf(line: string): { readonly mark: string; readonly info: string } | null {
  const start = line.trimStart()
  const mark = /^(?:`{3,}|~{3,})/.exec(start)?.[0]
  return mark === undefined ? null : { mark, info: start.slice(mark.length).trim() }
}

/** Such as `train.py`, **train.py**, "# File: train.py" or "```python train.py"; null of any other line. */
export function pathOfLine(line: string): string | null {
  const bare = line
    .replace(/^\s*(`{3,}|~{3,})\s*(\w+(?=[\s:]))?[\s:]*/, '')
    .replace(/^[\s#*_>-]+/, '')
    .replace(/^(?:file(?:\s?name|\s?path)?|path)\s*[:=]\s*/i, '')
    .replace(/[`*"']/g, '')
    .trimEnd()
    .replace(/:$/, '')
    .trimEnd()
  return isPath(bare) || /^[A-Za-z]:\\\S+$/.test(bare) ? bare : null
}

/** Its last part is a name with an ending. */
function isPath(text: string): boolean {
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1)
  const isPlain = /^[^\s<>|?*:;,()[\]{}=]+$/.test(text)
  return isPlain && /^[\w.-]+$/.test(name) && /\.[A-Za-z]\w{0,9}$/.test(name)
}
