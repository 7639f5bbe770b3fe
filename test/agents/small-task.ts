/** A task that runs in a tenth of a second: a program of a few lines, whose loss depends on its structure, a constant and the seed. */
import { Workshop } from '../dispatch/workshop.js'

export const TASK = 'small-task'
/** The same source on a dearer card, where every loss is ten higher. */
export const LARGE_TASK = 'large-task'
/** The same with a scorer, and one by sealed data, where every loss is a half higher. */
export const SEALED_TASK = 'sealed-task'

/** The loss falls with each layer, with WIDTH near 0.6, and by noise with the seed. */
const TRAIN = `import json, random, sys, time

WIDTH = 0.3
layers = ["first"]

def main():
    seed = int(sys.argv[1])
    time.sleep(float(sys.argv[2]))
    loss = float(sys.argv[3]) + 2.0 - 0.2 * len(layers) + (WIDTH - 0.6) ** 2 + NOISE * random.Random(seed).gauss(0, 1)
    json.dump({"value": loss, "trainSeconds": 1}, open("result.json", "w"))

NOISE = 0.001
main()
`

const SCORE = `import json, sys

work, out, more = sys.argv[1:]
value = json.load(open(work + "/result.json"))["value"] + float(more)
json.dump({"value": value}, open(out, "w"))
`

/** `seconds`: how long a trial takes at least; a smoke run takes none of it. */
export function smallTask(seconds = 0): Workshop {
  const workshop = new Workshop()
  workshop.script('train.py', TRAIN)
  const task = (offset: string) => ({
    space: { parameters: { WIDTH: { type: 'float', low: 0, high: 1, default: 0.3 } } },
    command: ['python3', 'train.py', '{seed}', String(seconds), offset],
    params: { by: 'constants', file: 'train.py' },
    editable: ['train.py'],
    unconfined: true,
    range: { low: 0, high: 15 },
    smoke: { seconds: 1, command: ['python3', 'train.py', '{seed}', '0', '0'] },
    prompt: 'Lower the loss of a small network.',
  })
  workshop.profile(TASK, task('0'))
  workshop.profile(LARGE_TASK, task('10'))
  workshop.script('score.py', SCORE)
  const scorer = (more: string) => ['python3', '{home}/score.py', '{work}', '{out}', more]
  workshop.profile(SEALED_TASK, { ...task('0'), scorer: scorer('0'), sealed: scorer('0.5') })
  return workshop
}

export interface Block {
  readonly search: string
  readonly replace: string
}

export function answer(description: string, blocks: readonly Block[], category = 'architecture'): string {
  const written = blocks.map(
    ({ search, replace }) => `train.py\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`,
  )
  return `DESCRIPTION: ${description}\nCATEGORY: ${category}\n\n${written.join('\n')}`
}

/** An editor that adds a layer to the source that it is shown. */
export function addsLayer(prompt: string, name: string): string {
  const line = /^layers = \[.*\]$/m.exec(prompt.slice(prompt.indexOf('# The source that you edit')))![0]
  return answer(`add the layer ${name}`, [{ search: line, replace: line.replace(']', `, "${name}"]`) }])
}

/** The text of the request, whichever wire format it has. */
// biome-ignore lint/suspicious/noExplicitAny: two wire formats
export function promptOf({ body }: { readonly body: any }): string {
  return (
    JSON.stringify(body.system ?? '') +
    body.messages.map((m: { content: unknown }) => textOf(m.content)).join('\n')
  )
}

function textOf(content: unknown): string {
  return typeof content === 'string'
    ? content
    : (content as { readonly text: string }[]).map(({ text }) => text).join('\n')
}
