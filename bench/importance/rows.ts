/** A row of the tables of `importance`: the searches of one optimizer. */
export interface Row {
  readonly optimizer: string
  readonly seeds: number
  readonly r2: number
  /** Mean over the seeds, by who says it. */
  readonly correlations: Readonly<Record<string, number>>
  readonly seconds: Readonly<Record<string, number>>
}
