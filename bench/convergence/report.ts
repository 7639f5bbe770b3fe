/** The tables and pictures of `bbob`. */
import { linePicture } from '../pictures/lines.js'
import type { Table } from '../subject.js'
import { isOurs, type Line, type Suite } from './runs.js'
import { type Row, reachedBy } from './summary.js'

const labels: Readonly<Record<string, string>> = {
  chiron: 'Chiron cma-es',
  'chiron-space': 'Chiron cma-es',
  pycma: 'pycma, BIPOP',
  cmawm: 'cmaes CMAwM, IPOP',
  catcmawm: 'cmaes CatCMAwM, IPOP',
}

export function convergenceTable(suite: Suite, rows: readonly Row[]): Table {
  const reference = labels[suite.algorithms.at(-1)!]!
  return {
    title: `bbob: ${suite.name}, ${suite.budget} evaluations a dimension`,
    columns: [
      'algorithm',
      'n',
      'solved to 1e-8',
      'area under ECDF',
      `runtime ÷ that of ${reference}`,
      'quartiles',
      'functions',
    ],
    rows: rows.map(({ algorithm, dimension, solved, runs, area, ratio }) => [
      labels[algorithm]!,
      String(dimension),
      `${solved}/${runs}`,
      area.toFixed(3),
      ratio ? ratio.median.toFixed(2) : '–',
      ratio ? `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}` : '–',
      ratio ? String(ratio.functions) : '0',
    ]),
    notes: [
      `${suite.functions.length} functions, ${suite.instances} instances of each. A function of which an algorithm had solved none of the ` +
        `first ${suite.patience} instances is given up: the others count as not solved. Runtime: expected evaluations to 1e-8 above the optimum, ` +
        'the median over the functions that both solved at least once. Area: of the runtime distribution over the ' +
        'logarithm of evaluations a dimension, all problems and 51 targets from 1e2 to 1e-8; larger is better.',
    ],
  }
}

export function distributionPicture(suite: Suite, lines: readonly Line[]): string {
  const steps = Array.from({ length: 41 }, (_, i) => suite.budget ** (i / 40))
  return linePicture({
    title: `Targets reached on COCO’s ${suite.name}`,
    subtitle: `Share of (problem, target) pairs reached: ${suite.functions.length} functions × ${suite.instances} instances × 51 targets from 1e2 to 1e-8`,
    panels: suite.dimensions.map((dimension) => ({
      title: `n = ${dimension}`,
      series: suite.algorithms.map((algorithm) => {
        const own = lines.filter((line) => line.dimension === dimension && line.algorithm === algorithm)
        return {
          label: labels[algorithm]!,
          ours: isOurs(algorithm),
          points: steps.map((step) => ({ x: step, y: reachedBy(own, step) })),
        }
      }),
    })),
    x: { label: 'evaluations / n', log: true },
    y: { label: 'share of targets', from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
  })
}
