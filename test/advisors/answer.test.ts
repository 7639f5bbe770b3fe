import { describe, expect, it, test } from 'vitest'
import { readSpace } from '../../search-spaces/index.js'
import { answerSchema, readAnswer } from '../../src/advisors/llm/answer.js'

const space = readSpace({
  parameters: {
    lr: { type: 'float', low: 1e-5, high: 1, log: true },
    layers: { type: 'int', low: 1, high: 8 },
    width: { type: 'ordinal', choices: [32, 64, 128] },
    act: { type: 'categorical', choices: ['relu', 'gelu'] },
    norm: { type: 'bool' },
    slope: { type: 'float', low: 0, high: 1, when: { act: 'relu' } },
  },
})

const read = (text: string) => {
  const answer = readAnswer(space, text)
  return answer.ok ? answer.params : answer.outcome
}

describe('the answer schema', () => {
  it('requires every member, and allows null for conditional parameters', () => {
    const { properties, required } = answerSchema(space) as Record<string, never>
    expect(required).toEqual(['reasoning', 'params'])
    const { params } = properties as unknown as { params: Record<string, Record<string, object>> }
    expect(params.required).toHaveLength(6)
    expect(params.properties).toMatchObject({
      lr: { type: 'number' },
      layers: { type: 'integer' },
      width: { enum: [32, 64, 128] },
      act: { enum: ['relu', 'gelu'] },
      norm: { type: 'boolean' },
      slope: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    })
  })
})

describe('names with separators', () => {
  const named = readSpace({
    parameters: {
      'optim.lr': { type: 'float', low: 0, high: 1 },
      'model/depth': { type: 'int', low: 1, high: 8 },
      'svm:gamma': { type: 'float', low: 0, high: 1 },
    },
  })

  it('are written with the characters that every provider takes, and read back', () => {
    const { properties } = answerSchema(named) as { properties: { params: { required: string[] } } }
    expect(properties.params.required).toEqual(['model_depth', 'optim.lr', 'svm_gamma'])
    const text = JSON.stringify({ params: { 'optim.lr': 0.5, model_depth: 2, 'svm:gamma': 0.25 } })
    expect(readAnswer(named, text)).toMatchObject({
      params: { 'optim.lr': 0.5, 'model/depth': 2, 'svm:gamma': 0.25 },
    })
  })
})

describe('reading an answer', () => {
  test.each([
    ['as it was asked for', '{"reasoning": "r", "params": {"lr": 0.1, "layers": 3}}', { lr: 0.1, layers: 3 }],
    ['without the wrapping', '{"lr": 0.1}', { lr: 0.1 }],
    ['under another name', '{"configuration": {"lr": 0.1}}', { lr: 0.1 }],
    ['in a fence', '```json\n{"params": {"lr": 0.1}}\n```', { lr: 0.1 }],
    ['with prose around it', 'I think {so}: {"lr": 0.1} should {"help"}.', { lr: 0.1 }],
    ['with braces in a string', '{"reasoning": "a } and a {", "params": {"lr": 0.1}}', { lr: 0.1 }],
    ['with trailing commas', '{"params": {"lr": 0.1, "act": "gelu",},}', { lr: 0.1, act: 'gelu' }],
    [
      'with strings for numbers',
      '{"lr": "0.1", "layers": "3", "width": "64"}',
      { lr: 0.1, layers: 3, width: 64 },
    ],
    ['in scientific notation', '{"lr": 1.2e-05}', { lr: 1.2e-5 }],
    ['in scientific notation, as a string', '{"lr": "1.2E-05"}', { lr: 1.2e-5 }],
    ['with thousands apart', '{"layers": "1,000"}', { layers: 1000 }],
    ['with nulls', '{"lr": 0.1, "layers": null}', { lr: 0.1 }],
    ['with members that the space does not have', '{"lr": 0.1, "momentum": 0.9}', { lr: 0.1 }],
    ['with names in another case', '{"LR": 0.1, "Layers": 2}', { lr: 0.1, layers: 2 }],
    ['as Python writes it', "{'lr': 0.1, 'norm': True, 'slope': None}", { lr: 0.1, norm: true }],
    ['with names that are not quoted', '{lr: 0.1, act: "relu"}', { lr: 0.1, act: 'relu' }],
    ['with comments', '{"lr": 0.1, // smaller\n "layers": 2}', { lr: 0.1, layers: 2 }],
    ['with NaN', '{"lr": 0.1, "slope": NaN}', { lr: 0.1 }],
    ['with another case of a choice', '{"act": "GELU", "norm": "true"}', { act: 'gelu', norm: true }],
    ['out of bounds: repair says so', '{"lr": 7}', { lr: 7 }],
    ['the object that names most, of several', '{"lr": 1} {"lr": 0.1, "layers": 2}', { lr: 0.1, layers: 2 }],
  ])('%s', (_, text, params) => {
    expect(read(text)).toEqual(params)
  })

  test.each([
    ['nothing', ''],
    ['prose', 'A smaller learning rate would help.'],
    ['an object of something else', '{"answer": 42}'],
    ['nulls alone', '{"lr": null}'],
    ['a half', '{"params": {"lr": 0.'],
    ['a list', '[0.1, 3]'],
  ])('fails as unparseable: %s', (_, text) => {
    expect(read(text)).toBe('unparseable')
  })

  test.each([
    ['a word for a number', '{"lr": "small"}'],
    ['a choice that there is not', '{"act": "swish"}'],
    ['a list for a number', '{"lr": [0.1]}'],
    ['an object for a number', '{"lr": {"value": "?"}, "layers": 2}'],
  ])('fails as out of space: %s', (_, text) => {
    expect(read(text)).toBe('out_of_space')
  })
})
