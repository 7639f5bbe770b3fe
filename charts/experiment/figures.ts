/** All figures of an experiment for which there is something to show, in the order in which one reads them. */
import { armsFigure, differencesFigure, seedsFigure } from './arms.js'
import { costFigure, oomFigure } from './cost.js'
import { anytimeFigure, levelFigure } from './curves.js'
import type { AnalysisFacts, ExperimentFacts, ExperimentFigure } from './facts.js'
import { ratioFigure } from './ratio.js'

export function experimentFigures(experiment: ExperimentFacts, analysis: AnalysisFacts): ExperimentFigure[] {
  const measured = analysis.arms.some(({ mean }) => mean !== null)
  const ended = experiment.cells.some(({ trials }) => trials > 0)
  return [
    ...(measured ? [armsFigure(experiment, analysis)] : []),
    ...(analysis.contrasts.some(({ difference }) => difference !== null)
      ? [differencesFigure(analysis)]
      : []),
    ...(measured && analysis.trends.length > 0 ? [ratioFigure(experiment, analysis)] : []),
    ...(analysis.anytime.some(({ points }) => points.length > 1)
      ? [anytimeFigure(experiment, analysis)]
      : []),
    ...(measured ? [seedsFigure(experiment, analysis)] : []),
    ...analysis.hoursTo.map((level, i) => levelFigure(experiment, analysis, level, i)),
    ...(ended && experiment.cells.some(({ oomRate }) => (oomRate ?? 0) > 0) ? [oomFigure(experiment)] : []),
    ...(ended ? [costFigure(experiment)] : []),
  ]
}
