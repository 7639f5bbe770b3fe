import { describe, expect, it } from 'vitest'
import { configurationText } from '../../src/domain/configuration-text.js'

const params = { lr: 3e-7, depth: 8, bias: true, name: `it's "x" $HOME`, plain: 'SSSL' }

describe('a configuration as text', () => {
  it('is JSON', () => {
    expect(JSON.parse(configurationText(params, 'json'))).toEqual(params)
  })

  it('is constants that Python reads', () => {
    expect(configurationText(params, 'constants').split('\n')).toEqual([
      'lr = 3e-7',
      'depth = 8',
      'bias = True',
      String.raw`name = "it's \"x\" $HOME"`,
      'plain = "SSSL"',
    ])
  })

  it('is arguments that a shell leaves as they are', () => {
    expect(configurationText(params, 'arguments')).toBe(
      String.raw`--lr=3e-7 --depth=8 --bias=true --name='it'\''s "x" $HOME' --plain=SSSL`,
    )
  })
})
