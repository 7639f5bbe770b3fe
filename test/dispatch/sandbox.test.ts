/** The sandbox on machines that are not as this one: an older bubblewrap, and a service that is not root. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, it, vi } from 'vitest'
import { confine, SANDBOX_USER } from '../../src/dispatch/sandbox/bubblewrap.js'
import { whyNoSandbox } from '../../src/dispatch/sandbox/probe.js'

const lacks = await whyNoSandbox()
const path = process.env.PATH
const folder = mkdtempSync(join(tmpdir(), 'chiron-bwrap-'))

afterEach(() => {
  process.env.PATH = path
  vi.restoreAllMocks()
  vi.resetModules()
  rmSync(folder, { recursive: true, force: true })
})

it('an older bubblewrap is named with its version, not as a lack of namespaces', async () => {
  const program = `#!/bin/sh
[ "$1" = --version ] && echo bubblewrap 0.6.1 && exit
echo "bwrap: Unknown option --disable-userns" >&2
exit 1
`
  writeFileSync(join(folder, 'bwrap'), program)
  chmodSync(join(folder, 'bwrap'), 0o755)
  process.env.PATH = `${folder}:${path}`
  vi.resetModules()
  const { whyNoSandbox } = await import('../../src/dispatch/sandbox/probe.js')
  expect(await whyNoSandbox()).toBe(
    'bubblewrap 0.8 or newer is needed, and bubblewrap 0.6.1 is installed (bwrap: Unknown option --disable-userns)',
  )
})

const canBecomeAnother = lacks === undefined && process.getuid?.() === 0

it.skipIf(!canBecomeAnother)('a service that is not root limits the processes of each trial', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(SANDBOX_USER)
  const words = confine({
    folder: '/usr',
    writesFolder: false,
    readable: [],
    environment: {},
    seesGpus: false,
    diskBytes: 1e6,
  })
  const user = String(SANDBOX_USER)
  const another = ['--reuid', user, '--regid', user, '--clear-groups', '--', ...words]
  const { stdout } = await promisify(execFile)('setpriv', [...another, 'cat', '/proc/self/limits'])
  expect(stdout).toMatch(/^Max processes +4096 +4096/m)
})
