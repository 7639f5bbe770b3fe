/** Programs that cheat, run as an edited program is run: none is credited, none reaches its aim, and honest edits count. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { CHEATS, HONEST } from '../../bench/trust/cheats.js'
import { SOURCE } from '../../bench/trust/trust-task.js'
import { KEY, type Mode, tryEdit } from '../../bench/trust/try-edit.js'
import { whyNoSandbox } from '../../src/dispatch/sandbox/probe.js'
import { environment } from '../trainer/environment.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 })

const found = await environment('trust', `${SOURCE.slice(SOURCE.indexOf('bench/'))}/requirements.txt`)
const lacks = await whyNoSandbox()
if (lacks !== undefined && process.env.CI) throw new Error(`The sandbox cannot be tested: ${lacks}`)

describe.skipIf('lacks' in found || lacks !== undefined)('an edited program', () => {
  let mode: Mode
  beforeAll(async () => {
    process.env[KEY] = 'of the service'
    const python = (found as { python: string }).python
    const baseline = await tryEdit(HONEST[0]!, {
      python,
      unconfined: false,
      baseline: Number.POSITIVE_INFINITY,
    })
    mode = { python, unconfined: false, baseline: baseline.value! }
  })

  it.each(HONEST)('that is honest is judged as it is: $name', async (honest) => {
    const trial = await tryEdit(honest, mode)
    expect(trial).toMatchObject({ outcome: 'complete', credited: honest.isBetter })
  })

  it.each(CHEATS)('that $name gains nothing', async (cheat) => {
    const trial = await tryEdit(cheat, mode)
    expect(trial).toMatchObject({ credited: false, reachedAim: false })
  })
})
