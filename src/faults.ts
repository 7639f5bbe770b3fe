/** Every error that a caller can get: a stable code, its HTTP status, and whether a retry can succeed. */
export const FAULTS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_space: { status: 400, title: 'The search space cannot be searched' },
  invalid_options: { status: 400, title: 'The method has an invalid option' },
  invalid_params: { status: 400, title: 'The configuration is not in the search space' },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this list' },
  version_mismatch: { status: 400, title: 'The client and the server are of different versions' },
  unauthorized: { status: 401, title: 'A bearer token is needed' },
  cross_site: { status: 403, title: 'Another site may not change anything here' },
  not_found: { status: 404, title: 'There is no such route' },
  study_not_found: { status: 404, title: 'There is no such study' },
  trial_not_found: { status: 404, title: 'There is no such trial' },
  experiment_not_found: { status: 404, title: 'There is no such experiment' },
  cell_not_found: { status: 404, title: 'The experiment has no such cell' },
  program_not_found: { status: 404, title: 'There is no such program' },
  no_agent: { status: 404, title: 'No agent edits programs in this study' },
  log_not_found: { status: 404, title: 'This server has no such log' },
  method_not_allowed: { status: 405, title: 'The route does not accept this method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time', retryable: true },
  study_exists: { status: 409, title: 'Another study has this name' },
  experiment_exists: { status: 409, title: 'Another experiment has this name' },
  experiment_busy: { status: 409, title: 'The experiment is running' },
  cell_not_failed: { status: 409, title: 'Only a cell that failed or was stopped can run again' },
  study_busy: { status: 409, title: 'Trials of this study are running' },
  study_finished: { status: 409, title: 'The study is finished' },
  no_results: { status: 409, title: 'No trial has a result yet' },
  lease_lost: { status: 409, title: 'The lease was lost' },
  already_told: { status: 409, title: 'The trial was told another result' },
  trial_settled: { status: 409, title: 'The trial has ended' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The route takes no body of this type' },
  too_many_attempts: { status: 429, title: 'Too many wrong tokens', retryable: true },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Chiron failed' },
  database_unavailable: { status: 503, title: 'The database does not answer', retryable: true },
  search_unavailable: { status: 503, title: 'The search cannot be computed now', retryable: true },
  /** Of our own client, where no answer comes. */
  service_unreachable: { status: 503, title: 'The service does not answer', retryable: true },
  shutting_down: { status: 503, title: 'The service is stopping', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable?: true }>

export type FaultCode = keyof typeof FAULTS

/** One fault in a request: its place, and what was expected there. */
export interface FaultAt {
  readonly path: string
  readonly message: string
}

export class Fault extends Error {
  override readonly name = 'Fault'
  constructor(
    readonly code: FaultCode,
    detail: string,
    /** More members of the problem document: `errors` lists the places, `trial` is the stored trial. */
    readonly extra: { readonly errors?: readonly FaultAt[]; readonly [key: string]: unknown } = {},
    options?: ErrorOptions,
  ) {
    super(detail, options)
  }

  get status(): number {
    return FAULTS[this.code].status
  }

  get retryable(): boolean {
    return 'retryable' in FAULTS[this.code]
  }
}
