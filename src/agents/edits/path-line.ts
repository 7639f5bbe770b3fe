/** Recognizes the lines of an answer that name a file, and the fences of code. */

const FENCE = /^\s*(`{3,}|~{3,})\s*(.*)$/

export function isFence(line: string): boolean {
  return FENCE.test(line)
}

export function fenceOf(line: string): { readonly mark: string; readonly info: string } | null {
  const [, mark, info] = FENCE.exec(line) ?? []
  return mark === undefined ? null : { mark, info: info!.trim() }
}

/** Such as `train.py`, **train.py**, "# File: train.py" or "```python train.py"; null of any other line. */
export function pathOfLine(line: string): string | null {
  const bare = line
    .replace(/^\s*(`{3,}|~{3,})\s*(\w+(?=[\s:]))?[\s:]*/, '')
    .replace(/^[\s#*_>-]+/, '')
    .replace(/^(?:file(?:\s?name|\s?path)?|path)\s*[:=]\s*/i, '')
    .replace(/[`*"']/g, '')
    .replace(/\s*:?\s*$/, '')
  return /^[^\s<>|?*:;,()[\]{}=]*(?:[\\/]|^[\w-]*)[\w.-]*\.[A-Za-z]\w{0,9}$/.test(bare) ||
    /^[A-Za-z]:\\\S+$/.test(bare)
    ? bare
    : null
}
