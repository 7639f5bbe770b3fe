/** `chiron doctor`: checks everything that the service and its trainers need, and says how to fix what is missing. */
import pc from 'picocolors'
import { readConfig } from '../../config.js'
import { findGpus } from '../../dispatch/devices/gpus.js'
import { cardFindings } from './cards.js'
import { endpointFindings } from './endpoints.js'
import type { Finding } from './finding.js'
import { sandboxFinding } from './sandbox.js'
import { databaseFinding, keyFindings, memoryFinding, nodeFinding, rayFinding } from './system.js'
import { pythonFinding, trainerFindings } from './trainers.js'

/** Prints the findings. Returns true if nothing is wrong. */
export async function runDoctor(env: NodeJS.ProcessEnv): Promise<boolean> {
  const findings = await examineInstallation(env)
  printFindings(findings)
  return findings.every(({ is }) => is !== 'wrong')
}

export function printFindings(findings: readonly Finding[]): void {
  const marks = { fine: pc.green('✓'), note: pc.yellow('–'), wrong: pc.red('✗') }
  for (const { what, is, says, todo } of findings) {
    console.log(`${marks[is]} ${what.padEnd(12)} ${says}`)
    if (todo !== undefined) console.log(`  ${''.padEnd(12)} ${pc.dim(`→ ${todo}`)}`)
  }
}

export async function examineInstallation(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const config = readConfig(env)
  const gpus = await findGpus()
  return [
    nodeFinding(process.versions.node),
    await databaseFinding(config),
    memoryFinding(),
    await sandboxFinding(),
    ...(await cardFindings()),
    await pythonFinding(config.python),
    ...(await trainerFindings({ ...config, gpus })),
    await rayFinding(config.ray),
    ...keyFindings(env),
    ...(await endpointFindings(config)),
  ]
}
