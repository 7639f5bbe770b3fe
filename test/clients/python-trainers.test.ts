/**
 * The Python client in the trainers of Hugging Face and Lightning, and with PyTorch's errors; and a script of Hydra's, which
 * knows nothing of Chiron.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { finished, Workshop } from '../dispatch/workshop.js'
import { anEngine } from '../postgres.js'
import { TestService } from '../service/service.js'
import { environment } from '../trainer/environment.js'
import { describeClient } from './installed-client.js'

await describeClient('python-trainers', 'requirements-trainers.txt', ['test_trainers.py'])

const TRAIN = `import hydra, json
from hydra.core.hydra_config import HydraConfig

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config):
    json.dump({"value": config.optim.lr * config.model.depth + len(config.model.note)}, open("result.json", "w"))

main()
`
const NOTE = "it's a: b, [c] \\d \\"

const hydra = await environment('python-trainers', 'clients/python/tests/requirements-trainers.txt')

describe.skipIf('lacks' in hydra)('a script of Hydra', () => {
  it('takes parameters as overrides, texts with any character among them', async () => {
    const workshop = new Workshop()
    workshop.script('train.py', TRAIN)
    mkdirSync(join(workshop.folder, 'conf'))
    workshop.script('conf/config.yaml', 'optim:\n  lr: 1e-3\nmodel:\n  depth: 2\n  note: ""\n')
    workshop.profile('hydra', {
      space: {
        parameters: {
          'optim.lr': { type: 'float', low: 1e-4, high: 1, log: true },
          'model.depth': { type: 'int', low: 1, high: 4 },
          'model.note': { type: 'fixed', value: NOTE },
        },
      },
      files: ['train.py', 'conf/config.yaml'],
      command: ['python' in hydra ? hydra.python : '', 'train.py', 'hydra.run.dir=.'],
      params: { by: 'overrides' },
    })
    const service = await new TestService(await anEngine().open(), {
      trainers: workshop.folder,
      dataDir: workshop.folder,
    }).start()
    try {
      const { status, body } = await service.post('/studies', {
        name: 'hydra',
        trainer: 'hydra',
        method: 'random',
        objective: { metric: 'loss' },
        budget: { trials: 3 },
      })
      expect(status, JSON.stringify(body)).toBe(201)
      for (const { params, value, message } of await finished(service, 'hydra'))
        expect(value, message).toBeCloseTo(params['optim.lr'] * params['model.depth'] + NOTE.length, 12)
    } finally {
      await service.close()
      workshop.remove()
    }
  })
})
