export type LandscapeErrorCode =
  | 'invalid_weights'
  | 'unsupported_version'
  | 'missing_parameter'
  | 'unknown_parameter'
  | 'invalid_parameter'
  | 'invalid_option'

/** A fault in what the landscape was given: a stable code, the place, what is wrong and what would be right. */
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
