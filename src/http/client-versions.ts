/** Tells every caller the version of the service, and refuses our own clients of another series before they change anything. */
import { isOlderSeries, versionSeries } from '../domain/version-series.js'
import { Fault } from '../faults.js'
import { version } from '../root.js'
import type { App } from './instance.js'

/** How our own clients name themselves: the Python client, and the command line with its workers. */
const OWN_CLIENT = /^(chiron-hpo|chiron)\/(\S+)/
const INSTALLS: Readonly<Record<string, (series: string) => string>> = {
  'chiron-hpo': (series) => `install the client of this server: pip install 'chiron-hpo==${series}.*'`,
  chiron: (series) => `install chiron ${series} there`,
}

/** `/healthz` answers everybody, so that a client can find out what it needs. */
export function checkClientVersions(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('chiron-version', version)
    const [, client, given] = OWN_CLIENT.exec(request.headers['user-agent'] ?? '') ?? []
    if (client === undefined || request.url === '/healthz') return
    const [theirs, ours] = [versionSeries(given!), versionSeries(version)!]
    if (theirs === undefined || theirs === ours) return
    const remedy = isOlderSeries(ours, theirs)
      ? `update this server to ${theirs}, or ${INSTALLS[client]!(ours)}`
      : INSTALLS[client]!(ours)
    throw new Fault(
      'version_mismatch',
      `This server is Chiron ${version}, and the client is ${given}: ${remedy}`,
    )
  })
}
