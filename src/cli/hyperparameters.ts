/** Hyperparameters of somebody's script or file of settings, as `chiron space extract` finds them. */

export interface Hyperparameter {
  readonly name: string
  readonly type: 'int' | 'float' | 'str' | 'bool'
  readonly value: number | string | boolean
  readonly choices?: (number | string | boolean)[]
}

/** What looks like a hyperparameter and cannot be one as it stands. */
export interface LeftOut {
  readonly name: string
  readonly line: number
  readonly reason: string
}

export interface FoundHyperparameters {
  readonly found: Hyperparameter[]
  readonly left: LeftOut[]
}
