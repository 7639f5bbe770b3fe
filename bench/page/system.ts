/** A page that is measured, and the service behind it. */
import type { EndedTrial } from './trials.js'

export interface PageSystem {
  /** Of the study. */
  readonly url: string
  /** A JavaScript expression, true in the page once its first chart shows these trials. */
  readonly isDrawn: string
  /** Of the study's report, where there is one. */
  readonly report?: string
  /** Adds trials that have ended, while somebody looks. */
  add(trials: readonly EndedTrial[]): Promise<void>
  stop(): Promise<void>
}

export interface PageFigures {
  /** From the navigation until the first chart is drawn and the page answers again. */
  readonly firstChartMs: number
  readonly heapMb: number
  /** Compressed as it came. */
  readonly scriptKb: number
  /** While trials end: the longest time in which the page did not answer, and how much of the time it was busy. */
  readonly longestTaskMs: number
  readonly busy: number
  readonly report?: ReportFigures
}

export interface ReportFigures {
  readonly bytes: number
  /** Until the service has made and sent it. */
  readonly madeMs: number
  /** From the navigation to the file until it is laid out and the page answers. */
  readonly openMs: number
}

export interface Look {
  /** How many trials the study has. */
  readonly trials: number
  /** For how long it is looked at while trials end, and how many end in a second. */
  readonly seconds: number
  readonly perSecond: number
}

export interface MeasuredPage extends PageFigures, Look {
  readonly id: string
  readonly label: string
}
