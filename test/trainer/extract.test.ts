/** `chiron space extract` on scripts as people have them. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { makeReady } from '../service/server-process.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 300_000 })

let folder: string
beforeAll(async () => {
  makeReady()
  folder = await mkdtemp(join(tmpdir(), 'chiron-extract-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function extract(source: string, file = 'train.py') {
  await writeFile(join(folder, file), source)
  const args = [fromRoot('bin/chiron.mjs'), 'space', 'extract', file]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder })
  return { parameters: JSON.parse(stdout).parameters, stderr }
}

it('keeps fixed what says how the script runs, and names what it leaves out with the reason', async () => {
  const { parameters, stderr } = await extract(
    'SEED = 3\nDEVICE = "cuda"\nDATA_DIR = "data"\nLR = 1e-3\nBETAS = (0.9, 0.95)\nSTEPS = LR * 10\nK = 1\nK = 2\nN = None\n',
  )
  for (const name of ['SEED', 'DEVICE', 'DATA_DIR']) expect(parameters[name].type).toBe('fixed')
  expect(parameters.LR).toMatchObject({ type: 'float', log: true, default: 0.001 })
  expect(Object.keys(parameters)).toHaveLength(4)
  expect(stderr.trimEnd().split('\n')).toEqual([
    'train.py:5: BETAS is left out: it has several values: give each one a name of its own, or make it a categorical with texts',
    'train.py:6: STEPS is left out: it is computed from LR',
    'train.py:7: K is left out: it is assigned more than once',
    'train.py:9: N is left out: it is None, which says no type',
  ])
})

it('reads argparse', async () => {
  const { parameters, stderr } = await extract(`
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", "-b", type=int, default=64)
parser.add_argument("--lr", type=float, default=1)
parser.add_argument("--act", choices=["relu", "gelu"], default="gelu")
parser.add_argument("--bias", action="store_true")
parser.add_argument("--data", required=True)
parser.add_argument("--seed", type=int, default=0)
`)
  expect(parameters).toMatchObject({
    batch_size: { type: 'int', powerOfTwo: true, low: 16, high: 256 },
    lr: { type: 'float', default: 1 },
    act: { type: 'categorical', choices: ['relu', 'gelu'], default: 'gelu' },
    bias: { type: 'bool', default: false },
    seed: { type: 'fixed', value: 0 },
  })
  expect(stderr).toBe('train.py:8: data is left out: it has no default\n')
})

it('reads dataclasses and TrainingArguments', async () => {
  const { parameters, stderr } = await extract(`
from dataclasses import dataclass, field
@dataclass(frozen=True)
class Config:
    data: str
    depth: int = 8
    dropout: float = field(default=0.1)
    layers: list = field(default_factory=list)
args = TrainingArguments(output_dir="out", learning_rate=5e-5, weight_decay=0.01, bf16=True)
`)
  expect(parameters).toMatchObject({
    depth: { type: 'int', low: 4, high: 16 },
    dropout: { type: 'float', low: 0, high: 0.5 },
    output_dir: { type: 'fixed' },
    learning_rate: { type: 'float', log: true, default: 5e-5 },
    weight_decay: { type: 'float', log: true },
    bf16: { type: 'bool' },
  })
  expect(stderr).toMatch(
    /^train\.py:5: data is left out: it has no default\ntrain\.py:8: layers is left out: it is computed/,
  )
})

it('reads a YAML file as Hydra and OmegaConf do', async () => {
  const { parameters, stderr } = await extract(
    `defaults: [{model: small}, _self_]
hydra:
  run: {dir: out}
optim:
  _target_: torch.optim.AdamW
  lr: 1e-3
  betas: [0.9, 0.95]
  weight_decay: 0.1
model:
  dim: 512
  tied: on
  act: gelu
  heads: \${model.dim}
  data: ???
seed: 0
resume: null
`,
    'config.yaml',
  )
  expect(parameters).toMatchObject({
    'optim.lr': { type: 'float', log: true, default: 0.001 },
    'optim.weight_decay': { type: 'float', log: true, default: 0.1 },
    'model.dim': { type: 'int', powerOfTwo: true, default: 512 },
    'model.tied': { type: 'bool', default: true },
    'model.act': { type: 'fixed', value: 'gelu' },
    seed: { type: 'fixed', value: 0 },
  })
  expect(Object.keys(parameters)).toHaveLength(6)
  expect(stderr.trimEnd().split('\n')).toEqual([
    'config.yaml:7: optim.betas is left out: it has several values: give each one a name of its own, or make it a categorical with texts',
    `config.yaml:13: model.heads is left out: it is computed from \${model.dim}`,
    'config.yaml:14: model.data is left out: it has no value yet',
    'config.yaml:16: resume is left out: it is null, which says no type',
  ])
  await expect(extract('lr: [1', 'broken.yaml')).rejects.toThrow('broken.yaml cannot be read: ')
})
