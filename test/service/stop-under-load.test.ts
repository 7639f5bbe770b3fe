/** A busy server ends in good order: its process exits by itself and with 0, whatever its clients do. */
import { expect, it } from 'vitest'
import { stopUnderLoad } from '../../bench/guarantees/stop-under-load.js'
import { startServer } from '../../bench/service/server.js'
import { databases } from '../postgres.js'
import { makeReady } from './server-process.js'

it.each(databases())('a server on $name ends with 0 under load', { timeout: 120_000 }, async (engine) => {
  makeReady()
  const place = await engine.open()
  const server = await startServer(place.url, { CHIRON_DATA_DIR: place.dataDir ?? 'none' })
  // After 10 s in which it has not ended, a server gives up and exits with 1.
  expect(await stopUnderLoad(server, { slowBodies: 300, eventStreams: 500 })).toMatchObject({ code: 0 })
  await place.close()
})
