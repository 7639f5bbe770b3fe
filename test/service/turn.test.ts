import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/trials/turn.js'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { useService } from './service.js'

/** A command with a fault that nobody foresaw, after it has moved the study in memory. */
const broken = (ready: boolean): Command<void> => {
  const fail = (): never => {
    throw new TypeError('nobody foresaw this')
  }
  return {
    ready: () => ready,
    play: (live) => {
      live.nextNumber += 7
      return fail()
    },
    playLocked: async (live) => {
      live.nextNumber += 7
      return fail()
    },
  }
}

describe.each(databases())('a turn on $name', (engine) => {
  const service = useService(engine)

  it.each([true, false])(
    'that fails stores nothing, answers everybody, and the next one is as ever',
    async (ready) => {
      const name = await service.create()
      await service.run(name, 1)
      const { turns, database } = service.running
      const id = await service.id(name)
      await expect(turns.take(id, broken(ready))).rejects.toThrow('nobody foresaw this')
      expect((await service.askOne(name)).number).toBe(1)
      const answers = await Promise.allSettled([
        turns.take(id, broken(ready)),
        turns.take(id, broken(ready)),
        turns.take(id, broken(ready)),
      ])
      expect(answers.map(({ status }) => status)).toEqual(Array(3).fill('rejected'))
      expect((await service.run(name, 2)).number).toBe(1)
      expect(await unsound(database, name, turns)).toEqual([])
    },
  )
})
