/** A task whose trials sleep: they need no processor, so that as many run at once as there are slots. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const SLEEPER = 'sleeper'

const TRAIN = `import json, sys, time

WIDTH = 0.5
LAYERS = 1
time.sleep(float(sys.argv[1]))
json.dump({"value": 1 / LAYERS, "trainSeconds": 1}, open("result.json", "w"))
`

export function writeSleeper(folder: string, seconds: number): void {
  writeFileSync(join(folder, 'train.py'), TRAIN)
  const profile = {
    name: SLEEPER,
    description: 'sleeps',
    kind: 'process',
    space: { parameters: { WIDTH: { type: 'float', low: 0, high: 1, default: 0.5 } } },
    folder: '.',
    files: ['train.py'],
    command: ['python3', 'train.py', String(seconds)],
    params: { by: 'constants', file: 'train.py' },
    editable: ['train.py'],
    unconfined: true,
    smoke: { seconds: 1, command: ['python3', 'train.py', '0'] },
    budgetSeconds: Math.max(1, seconds),
    graceSeconds: 120,
    devices: { kind: 'cpu' },
  }
  writeFileSync(join(folder, `${SLEEPER}.json`), JSON.stringify(profile))
}
