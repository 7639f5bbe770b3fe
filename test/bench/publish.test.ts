import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { publish } from '../../bench/publish.js'

const folder = mkdtempSync(join(tmpdir(), 'chiron-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('says what was found, what is missing, and where and with what it was measured, on stdout as in the files', () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  publish(
    'speed',
    {
      tables: [{ title: 'speed', columns: ['method', 'ms'], rows: [['tpe', '1.5']], notes: [] }],
      pictures: { 'speed-ask': '<svg/>' },
      versions: { optuna: '4.8.0' },
      missing: [{ row: 'cmaes CMA', because: 'pip could not install cmaes' }],
      rows: [{ id: 'tpe', ms: 1.5 }],
      raw: [1.4, 1.6],
    },
    join(folder, 'new'),
    'npm run bench -- speed',
  )
  const [text] = said.mock.calls[0]!
  said.mockRestore()
  expect(readdirSync(join(folder, 'new')).sort()).toEqual(['speed-ask.svg', 'speed.json', 'speed.md'])
  expect(readFileSync(join(folder, 'new', 'speed.md'), 'utf8')).toBe(text)
  expect(text).toContain('| tpe    | 1.5 |')
  expect(text).toContain('- cmaes CMA: pip could not install cmaes')
  expect(text).toMatch(
    /Measured on \d{4}-\d\d-\d\d by `npm run bench -- speed` on .+, \d+ cores, .+ optuna 4\.8\.0\./,
  )
  const json = JSON.parse(readFileSync(join(folder, 'new', 'speed.json'), 'utf8'))
  expect(json).toMatchObject({ subject: 'speed', versions: { optuna: '4.8.0' }, raw: [1.4, 1.6] })
  expect(json.machine.node).toBe(process.versions.node)
})
