import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CALL_OUTCOMES } from '../../src/domain/enums.js'
import { studySpec } from '../../src/domain/spec.js'

const page = readFileSync(new URL('../../docs/centaur.md', import.meta.url), 'utf8')

it('the study in docs/centaur.md is one', () => {
  const example = /-d '(\{.*?\})'/s.exec(page)![1]!
  expect(studySpec.parse(JSON.parse(example))).toMatchObject({
    method: { advisor: { ratio: 0.3, warmup: 10 } },
  })
})

it('docs/centaur.md names every way in which a call can fail', () => {
  for (const outcome of CALL_OUTCOMES) if (outcome !== 'answered') expect(page).toContain(`\`${outcome}\``)
})
