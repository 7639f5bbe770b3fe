import { describe, expect, it } from 'vitest'
import { dotPicture } from '../../bench/pictures/dots.js'
import { type LinePicture, linePicture } from '../../bench/pictures/lines.js'

const series = (label: string, ys: readonly number[], ours = true) => ({
  label,
  ours,
  points: ys.map((y, i) => ({ x: i + 1, y, low: y * 0.9, high: y * 1.1 })),
})

const picture = (overrides: Partial<LinePicture> = {}): LinePicture => ({
  title: 'Ask time',
  subtitle: 'median of 20',
  panels: [
    { title: 'TPE', series: [series('Chiron tpe', [1, 2, 4]), series('Optuna', [10, 30, 90], false)] },
  ],
  x: { label: 'trials' },
  y: { label: 'ms', log: true },
  ...overrides,
})

/** Places of the texts that name lines: their content is a label. */
function heightsOf(svg: string, labels: readonly string[]): number[] {
  return labels.map((label) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}<`).exec(svg)![1]))
}

describe('a picture', () => {
  it('says what it is to those who cannot see it', () => {
    const svg = linePicture(picture())
    expect(svg).toContain('role="img"')
    expect(svg).toContain('<title id="title">Ask time</title>')
    expect(svg).toContain('<desc id="desc">median of 20</desc>')
  })

  it('escapes what would be markup', () => {
    const svg = linePicture(picture({ title: 'p < .01 & "more"' }))
    expect(svg).toContain('p &lt; .01 &amp; &quot;more&quot;')
    expect(svg).not.toContain('p < .01')
  })

  it('keeps the names of lines that end together apart', () => {
    const labels = ['alpha', 'beta', 'gamma', 'delta']
    const svg = linePicture(
      picture({ panels: [{ title: 'one', series: labels.map((label) => series(label, [1, 2, 3])) }] }),
    )
    const heights = heightsOf(svg, labels).sort((a, b) => a - b)
    for (let i = 1; i < heights.length; i++)
      expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(15.9)
  })

  it('draws a tenfold difference equally high wherever it is, on a logarithmic axis', () => {
    const svg = linePicture(
      picture({ panels: [{ title: 'one', series: [{ ...series('steps', [0.1, 1, 10]), ours: false }] }] }),
    )
    const [, path] = /<path d="(M[^"]+)"/.exec(svg)!
    const ys = path!.match(/ ([\d.]+)/g)!.map(Number)
    expect(ys[0]! - ys[1]!).toBeCloseTo(ys[1]! - ys[2]!, 0)
    expect(ys[0]).toBeGreaterThan(ys[2]!)
  })

  it('writes the ticks of one axis with equally many decimals', () => {
    const svg = dotPicture({
      title: 'Best',
      subtitle: 'mean',
      rows: [{ label: 'tpe', ours: true, mean: 0.977, low: 0.976, high: 0.9785, values: [0.9745, 0.9805] }],
      x: { label: 'val_bpb' },
    })
    const ticks = [...svg.matchAll(/>(0\.\d+)</g)].map(([, tick]) => tick!.length)
    expect(ticks.length).toBeGreaterThan(2)
    expect(new Set(ticks).size).toBe(1)
  })
})
