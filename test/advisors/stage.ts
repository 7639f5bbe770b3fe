/** On each database: a service, and a stand-in in the place of its language models. */
import { afterAll, beforeAll, describe } from 'vitest'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { StandIn } from './stand-in.js'

export interface Stage {
  readonly model: StandIn
  readonly service: TestService
}

export function describeStaged(what: string, tests: (stage: Stage) => void): void {
  for (const engine of databases()) {
    describe(`${what}, on ${engine.name}`, () => {
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
    })
  }
}
