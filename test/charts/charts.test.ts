/** The charts as SVG: the same functions that the page draws with. */
import { describe, expect, test } from 'vitest'
import { barChart } from '../../charts/bars.js'
import { intervalChart } from '../../charts/intervals.js'
import { lanesChart } from '../../charts/lanes.js'
import { panels } from '../../charts/panels.js'
import { parallelChart } from '../../charts/parallel.js'
import { type ProgressStep, progressChart } from '../../charts/progress.js'
import type { Scene, SymbolsMark, TextMark } from '../../charts/scene.js'
import { slopeChart } from '../../charts/slopes.js'
import { sparkline } from '../../charts/sparkline.js'
import { surfaceChart } from '../../charts/surface.js'
import { svgFile, svgInline } from '../../charts/svg.js'
import { DARK, LIGHT, namedColours, themeOf } from '../../charts/theme.js'
import { xyChart } from '../../charts/xy.js'

const HOSTILE = '<script>alert(1)</script> & "more" \u0000'
const about = { title: HOSTILE, description: HOSTILE, width: 600, height: 300 }

const steps: ProgressStep[] = [1.2, 1.1, 1.05].map((value, i) => ({
  number: i * 3,
  value,
  trials: i * 3 + 1,
  trainSeconds: i * 900 + 300,
  wallSeconds: i * 900 + 310,
  dollars: i / 10,
  withinNoise: i === 2,
  source: i === 0 ? 'default' : 'tpe',
}))

const charts: Record<string, Scene> = {
  xy: xyChart({
    ...about,
    x: { label: HOSTILE },
    y: { label: HOSTILE, kind: 'log' },
    lines: [
      {
        label: HOSTILE,
        colour: 'c0',
        steps: true,
        endLabel: true,
        points: [
          [0, 1],
          [5, 0.5],
        ],
        band: [
          [0, 0.9, 1.2],
          [5, 0.4, 0.6],
        ],
      },
    ],
    symbols: [
      { label: HOSTILE, shape: 'star', colour: 'c1', size: 8, x: [1, 2], y: [0.7, 0.9], ids: [1, 2] },
    ],
    levels: [{ at: 0.8, label: HOSTILE }],
  }).scene,
  progress: progressChart({
    ...about,
    metric: HOSTILE,
    direction: 'minimize',
    over: 'trials',
    log: false,
    steps,
    end: { trials: 12, trainSeconds: 3600, wallSeconds: 4000, dollars: 0.4 },
    trials: { x: [1, 2, 3, 4], y: [1.2, 1.4, 1.3, 1.1], ids: [0, 1, 2, 3] },
    failures: { x: [5], ids: [4] },
    sources: ['tpe', HOSTILE],
  }).scene,
  bars: barChart({
    ...about,
    x: { label: HOSTILE },
    series: [{ label: HOSTILE, colour: 'c0' }],
    rows: [
      { label: HOSTILE, values: [3] },
      { label: 'b', values: [-1] },
    ],
  }).scene,
  intervals: intervalChart({
    ...about,
    x: { label: HOSTILE },
    rows: [
      { label: HOSTILE, colour: 'c0', mean: 1, low: 0.5, high: 1.5, values: [0.8, 1.2], note: HOSTILE },
      { label: 'none', colour: 'c1', mean: null },
    ],
    mark: { at: 0, label: HOSTILE },
  }).scene,
  parallel: parallelChart({
    ...about,
    axes: [
      { name: HOSTILE, axis: { label: '' }, values: [1, 2] },
      { name: 'b', axis: { label: '', kind: 'category', categories: [HOSTILE, 'x'] }, values: [0, 1] },
    ],
    rows: [0, 1],
    colourOf: () => 'r0',
    opacity: 0.5,
  }).scene,
  surface: surfaceChart({
    ...about,
    x: { label: HOSTILE },
    y: { label: 'y' },
    xs: [0, 1],
    ys: [0, 1],
    values: [1, 2, 3, 4],
    lowIsBest: true,
    what: HOSTILE,
  }).scene,
  lanes: lanesChart({
    ...about,
    x: { label: HOSTILE },
    lanes: [HOSTILE],
    bars: [{ lane: 0, from: 0, to: 1, colour: 'c0', id: 1, about: HOSTILE }],
    legend: [{ label: HOSTILE, colour: 'c0' }],
  }).scene,
  slopes: slopeChart({
    ...about,
    arms: [HOSTILE, 'b'],
    y: { label: HOSTILE },
    seeds: [{ seed: 1, values: [1, null] }],
  }).scene,
  sparkline: sparkline({
    width: 100,
    height: 20,
    points: [
      [0, 3],
      [5, 2],
    ],
    end: 9,
    description: HOSTILE,
  }),
}

describe.each(Object.entries(charts))('the chart %s', (_, scene) => {
  const svg = svgFile(scene, themeOf(LIGHT))

  test('is well-formed and says what it is, whatever its texts are', () => {
    expect(svg).not.toContain('<script>')
    expect(svg).not.toContain('\u0000')
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    expect(svg).toMatch(/role="img" aria-label="[^"]+"/)
    expect(svg).toMatch(/<title>[^<]+<\/title><desc>[^<]+<\/desc>/)
    expect(openTags(svg)).toEqual([])
  })

  test('keeps its texts inside of the picture', () => {
    for (const { x, y } of scene.marks.filter((mark): mark is TextMark => mark.kind === 'text')) {
      expect(x).toBeGreaterThanOrEqual(-1)
      expect(x).toBeLessThanOrEqual(scene.width + 1)
      expect(y).toBeLessThanOrEqual(scene.height)
    }
  })

  test('has a place beside others', () => {
    const both = panels({ title: 'two', description: 'two', columns: 2 }, [scene, scene])
    expect(both.width).toBeGreaterThan(2 * scene.width)
    expect(svgInline(both, themeOf(DARK))).not.toMatch(/NaN/)
  })
})

describe('progress', () => {
  const symbols = charts.progress!.marks.filter((mark): mark is SymbolsMark => mark.kind === 'symbols')

  test('marks who found each improvement, hollow where it is within noise', () => {
    expect(charts.progress!.legend.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['best so far', 'best, by tpe', 'best, within noise', 'failed']),
    )
    expect(symbols.find(({ shape }) => shape === 'ring')!.ids).toEqual([6])
    expect(symbols.find(({ shape }) => shape === 'cross')!.ids).toEqual([4])
  })

  test('finds its range from what it shows, on a log axis too', () => {
    const { plots } = xyChart({
      ...about,
      x: { label: 'x', kind: 'log' },
      y: { label: 'y' },
      symbols: [{ label: 'a', shape: 'circle', colour: 'c0', size: 4, x: [1e-5, 1e-3], y: [1, 2] }],
    })
    expect(plots[0]!.x.domain[0]).toBeGreaterThan(5e-6)
    expect(plots[0]!.x.domain[1]).toBeLessThan(2e-3)
  })

  test('leaves what lies outside of its axes without a place', () => {
    const far = xyChart({
      ...about,
      x: { label: 'x' },
      y: { label: 'y', domain: [0, 1] },
      symbols: [{ label: 'a', shape: 'circle', colour: 'c0', size: 4, x: [1, 2], y: [0.5, 9] }],
    })
    const [layer] = far.scene.marks.filter((mark): mark is SymbolsMark => mark.kind === 'symbols')
    expect(layer!.x.map(Number.isFinite)).toEqual([true, false])
  })
})

test('the name of an axis is whole where the figure has room for it, though the plot has not', () => {
  const label = 'seconds, the latest attempts of each worker'
  const { scene } = intervalChart({
    ...about,
    width: 330,
    x: { label },
    rows: [
      {
        label: 'a rather long name of an arm',
        colour: 'c0',
        mean: 1,
        low: 0,
        high: 2,
        note: 'n 3, sd 0.002',
      },
    ],
  })
  const mark = scene.marks.find((one): one is TextMark => one.kind === 'text' && one.text === label)
  expect(mark).toMatchObject({ x: 330, anchor: 'end' })
})

describe('names at the ends of lines', () => {
  test('are kept apart where lines end together', () => {
    const labels = ['alpha', 'beta', 'gamma', 'delta']
    const { scene } = xyChart({
      ...about,
      width: 700,
      x: { label: 'x' },
      y: { label: 'y' },
      lines: labels.map((label, i) => ({
        label,
        colour: `c${i}` as const,
        endLabel: true,
        points: [
          [0, i],
          [1, 1],
        ],
      })),
    })
    const heights = scene.marks
      .filter((mark): mark is TextMark => mark.kind === 'text' && labels.includes(mark.text))
      .map(({ y }) => y)
      .sort((a, b) => a - b)
    expect(heights).toHaveLength(4)
    for (let i = 1; i < heights.length; i++)
      expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(14.9)
  })
})

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the colours on %s paper', (_, colours) => {
  const named = namedColours(colours)
  const paper = named.get('paper')!

  test('of series have three times the paper’s contrast, and texts 4.5 times', () => {
    for (let i = 0; i < colours.series.length; i++)
      expect(contrast(named.get(`c${i}`)!, paper)).toBeGreaterThan(3)
    for (const role of ['ink', 'soft', 'good', 'warn', 'bad'])
      expect(contrast(named.get(role)!, paper), role).toBeGreaterThan(4.5)
  })

  test('of levels lose contrast from the best to the worst', () => {
    const levels = Array.from({ length: 16 }, (_, i) => contrast(named.get(`r${i}`)!, paper))
    for (let i = 1; i < 16; i++) expect(levels[i]!).toBeLessThan(levels[i - 1]!)
  })
})

/** Elements that are opened and never closed. */
function openTags(svg: string): string[] {
  const open: string[] = []
  for (const [, closing, name, , alone] of svg.matchAll(/<(\/?)(\w+)((?:"[^"]*"|[^">])*?)(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name)
    else if (!alone) open.push(name!)
  }
  return open
}

/** As WCAG 2 measures it. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
