/**
 * What the structure of a program is worth, apart from its constants: how much higher or lower its values are than those of the baseline
 * would be. An optimizer of the constants is told values without it, so that trials on all programs teach it about the same constants.
 */
import { canonicalJson } from '../../search-spaces/index.js'
import type { AgentLedger, KnownProgram } from './ledger-types.js'
import { meanValue, programOf } from './program-values.js'

/** The sum of the steps from the baseline on. A step that changed constants too, or failed, counts as none: it cannot be told apart. */
export function structureOffset(ledger: AgentLedger, hash: string): number {
  const program = programOf(ledger, hash)
  if (program.parent === null) return 0
  const before = structureOffset(ledger, program.parent)
  const parent = programOf(ledger, program.parent)
  const [own, theirs] = [meanValue(program), meanValue(parent)]
  if (own === null || theirs === null || !hasConstantsOf(program, parent)) return before
  return before + own - theirs
}

/** Whether the program's own runs say nothing of the constants: they are those of its parent. */
export function keepsConstants(ledger: AgentLedger, hash: string): boolean {
  const program = programOf(ledger, hash)
  return program.parent !== null && hasConstantsOf(program, programOf(ledger, program.parent))
}

function hasConstantsOf(program: KnownProgram, other: KnownProgram): boolean {
  return canonicalJson(program.constants) === canonicalJson(other.constants)
}
