import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../src/storage/open.js'
import { databases } from './postgres.js'
import { administer } from './postgres-server.js'

describe.each(databases())('a database of $name for a test', ({ name, openEmpty }) => {
  test('is empty, is its own, and is gone afterwards', async () => {
    const made = [await openEmpty(), await openEmpty()]
    for (const { url, dataDir } of made) {
      const database = await openDatabase({ url, dataDir: dataDir ?? 'none', pool: 2 })
      expect(database.engine).toBe(name)
      await database.query('create table only_here (a int)')
      await database.close()
    }
    for (const { url, dataDir, close } of made) {
      await close()
      if (dataDir) expect(existsSync(dataDir)).toBe(false)
      if (url) await expect(administer(url, async () => {})).rejects.toThrow('does not exist')
    }
  })
})
