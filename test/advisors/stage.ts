/** A service, and a stand-in in the place of its language models. */
import { afterAll, beforeAll, describe } from 'vitest'
import { anEngine, databases, type Engine } from '../postgres.js'
import { TestService } from '../service/service.js'
import { StandIn } from './stand-in.js'

export interface Stage {
  readonly model: StandIn
  readonly service: TestService
}

export function describeStaged(what: string, tests: (stage: Stage) => void): void {
  describe(what, () => onStage(anEngine(), tests))
}

/** On each engine, for tests of what is stored. */
export function describeStagedOnEach(what: string, tests: (stage: Stage) => void): void {
  describe.each(databases())(`${what}, on $name`, (engine) => onStage(engine, tests))
}

function onStage(engine: Engine, tests: (stage: Stage) => void): void {
  let model: StandIn
  let service: TestService

  beforeAll(async () => {
    model = await StandIn.open('hangs')
    service = await new TestService(await engine.open(), { llm: model.llm }).start()
  })
  afterAll(async () => {
    await service.close()
    await model.close()
  })

  tests({
    get model() {
      return model
    },
    get service() {
      return service
    },
  })
}
