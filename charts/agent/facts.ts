/**
 * What the figures and tables of an agent are drawn from: parts of what the API answers about it. They are written here and not
 * imported, because the page draws from the API's types and the report from those of src: the compiler holds both against these.
 */
export interface EstimateFacts {
  readonly value: number | null
  readonly interval: readonly number[] | null
}

export interface ShareFacts extends EstimateFacts {
  readonly of: number
  readonly count: number
}

export interface BehaviourFacts {
  readonly n: number
  readonly categories: Readonly<Record<string, number>>
  readonly breadth: number
  readonly entropyBits: EstimateFacts
  readonly success: ShareFacts
  readonly keepRate: ShareFacts
  readonly crashRate: ShareFacts
  readonly skipRate: ShareFacts
  readonly pivots: ShareFacts
  readonly repeats: {
    readonly programs: ShareFacts
    readonly patches: ShareFacts
    readonly descriptions: ShareFacts
  }
  readonly dryStreaks: readonly number[]
  readonly meanDryStreak: EstimateFacts
  readonly byCategory: readonly CategoryFacts[]
}

export interface CategoryFacts {
  /** Null of answers of which no edit could run. */
  readonly category: string | null
  readonly edits: number
  readonly kept: number
  readonly discarded: number
  readonly crashed: number
  readonly meanGain: number | null
  readonly best: number | null
  readonly trainSeconds: number
  readonly tokens: number
  readonly dollars: number | null
}

export interface ProgramFacts {
  readonly number: number
  readonly parent: string | null
  readonly category: string
  readonly status: 'pending' | 'kept' | 'discarded' | 'crashed'
  readonly value: number | null
}

export interface ArmBehaviourFacts {
  readonly arms: readonly {
    readonly arm: string
    readonly figures: Readonly<Record<string, EstimateFacts>>
  }[]
  readonly hypotheses: readonly {
    readonly figure: string
    readonly arm: string
    readonly baseline: string
    readonly alternative: string
    readonly pairs: number
    readonly difference: number | null
    readonly p: number | null
    readonly adjusted: number | null
  }[]
}
