import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)

it('the example in docs/optimizers.md runs as it stands', () => {
  const page = readFileSync(new URL('docs/optimizers.md', root), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(page)![1]!
  const folder = mkdtempSync(join(tmpdir(), 'chiron-docs-'))
  const file = join(folder, 'example.mts')
  try {
    writeFileSync(file, example.replaceAll("from './", `from '${root.href}`))
    const printed = execFileSync(process.execPath, ['--import', 'tsx', file], { cwd: root, encoding: 'utf8' })
    expect(Number(printed.split(' ')[0])).toBeLessThan(0.5)
    expect(printed).toMatch(/LR: .*ACTIVATION|ACTIVATION: .*LR/s)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
