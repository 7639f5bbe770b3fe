export type LandscapeErrorCode =
  | 'invalid_weights'
  | 'unsupported_version'
  | 'missing_parameter'
  | 'unknown_parameter'
  | 'invalid_parameter'
  | 'invalid_option'

/** An invalid input of the landscape: a stable code, the place, what is wrong and what was expected. */
export class LandscapeError extends Error {
  override readonly name = 'LandscapeError'
  constructor(
    readonly code: LandscapeErrorCode,
    readonly path: string,
    message: string,
  ) {
    super(`${path} ${message}`)
  }
}
