import autoresearch14 from './autoresearch-14.json' with { type: 'json' }
import autoresearch24gb from './autoresearch-24gb.json' with { type: 'json' }
import autoresearchCpu from './autoresearch-cpu.json' with { type: 'json' }
import gradientBoosting from './gradient-boosting.json' with { type: 'json' }
import loraFineTuning from './lora-fine-tuning.json' with { type: 'json' }
import { readSpace } from './read.js'
import type { Space } from './types.js'

const catalogueFiles = [autoresearch14, autoresearch24gb, autoresearchCpu, gradientBoosting, loraFineTuning]

/** Lists the named spaces; `parameters` is the number of their parameters. */
export function catalogue(): { name: string; description: string; parameters: number }[] {
  return catalogueFiles.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters: Object.keys(parameters).length,
  }))
}

/** Spaces are compiled on first use, because loading the expression parser is slow. */
const namedSpaces = new Map<string, Space>()

export function spaceNamed(name: string): Space | undefined {
  const file = catalogueFiles.find((candidate) => candidate.name === name)
  if (file && !namedSpaces.has(name)) namedSpaces.set(name, readSpace(file))
  return namedSpaces.get(name)
}
