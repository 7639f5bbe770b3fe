/** Refuses a server of another series, whichever of the two is older. */
import { isOlderSeries, versionSeries } from '../../domain/version-series.js'
import { Fault } from '../../faults.js'
import { version } from '../../root.js'

/** A server before 0.1 says no version, and neither does what is no Chiron service: that shows in its answer. */
export function requireServerVersion(server: string, said: string | null): void {
  const [ours, theirs] = [versionSeries(version)!, versionSeries(said ?? '')]
  if (theirs === undefined || theirs === ours) return
  const remedy = isOlderSeries(theirs, ours)
    ? `update the server to ${ours}, or run chiron ${theirs} here`
    : `run chiron ${theirs} here`
  throw new Fault(
    'version_mismatch',
    `The server at ${server} is Chiron ${said}, and this is ${version}: ${remedy}`,
  )
}
