/** What the plan of an experiment can show, said before its runs are paid for. */
import type { ExperimentPlan, WhatPlanCanShow } from '../domain/experiment.js'
import { describeOutlook, outlookOf } from '../statistics/plan.js'

type Declared = Pick<ExperimentPlan, 'seeds' | 'contrasts' | 'looks' | 'alpha' | 'test' | 'alternative'>

export function whatPlanCanShow({ contrasts, looks, alpha, test, alternative }: Declared): WhatPlanCanShow {
  const shape = { contrasts: contrasts.length, looks, alpha, test, alternative }
  if (contrasts.length === 0)
    return {
      contrasts: 0,
      canShow: false,
      summary: 'Nothing is compared: there are no contrasts',
      warnings: [],
    }
  const outlook = outlookOf(shape)
  const summary = describeOutlook(shape, outlook)
  return { contrasts: contrasts.length, ...outlook, summary, warnings: outlook.canShow ? [] : [summary] }
}
