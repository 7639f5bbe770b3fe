/** Checks what edited programs need: a sandbox, and what holds their limits. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { isRoot, SANDBOX_USER } from '../../dispatch/sandbox/bubblewrap.js'
import { whyNoSandbox } from '../../dispatch/sandbox/probe.js'
import { systemCallFilter } from '../../dispatch/sandbox/seccomp.js'
import type { Finding } from './finding.js'

export async function sandboxFinding(): Promise<Finding> {
  const what = 'sandbox'
  const why = await whyNoSandbox()
  if (why !== undefined)
    return {
      what,
      is: 'note',
      says: why,
      todo: 'only agents that edit code need it; a profile with "unconfined" runs them with the rights of the service',
    }
  const { stdout } = await promisify(execFile)('bwrap', ['--version'])
  const user = isRoot() ? `as user ${SANDBOX_USER}` : 'in a user namespace'
  const filter = systemCallFilter() === undefined ? 'no filter of system calls' : 'a filter of system calls'
  const groups = existsSync('/sys/fs/cgroup/memory') || existsSync('/sys/fs/cgroup/cgroup.controllers')
  const memory = groups ? 'memory by control groups where they can be made' : 'memory by address space'
  return {
    what,
    is: 'fine',
    says: `${stdout.trim()}: edited programs run ${user}, with ${filter}, ${memory}`,
  }
}
