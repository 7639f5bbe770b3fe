import autoresearch14 from './autoresearch-14.json' with { type: 'json' }
import autoresearch24gb from './autoresearch-24gb.json' with { type: 'json' }
import autoresearchCpu from './autoresearch-cpu.json' with { type: 'json' }
import gradientBoosting from './gradient-boosting.json' with { type: 'json' }
import loraFineTuning from './lora-fine-tuning.json' with { type: 'json' }
import { readSpace } from './read.js'
import type { Space } from './types.js'

const files = [autoresearch14, autoresearch24gb, autoresearchCpu, gradientBoosting, loraFineTuning]

/** `parameters`: how many there are. */
export function catalogue(): { name: string; description: string; parameters: number }[] {
  return files.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters: Object.keys(parameters).length,
  }))
}

/** Each is read once, when first asked for: loading the parser of expressions takes longer than all else here. */
const read = new Map<string, Space>()

export function spaceNamed(name: string): Space | undefined {
  const file = files.find((candidate) => candidate.name === name)
  if (file && !read.has(name)) read.set(name, readSpace(file))
  return read.get(name)
}
