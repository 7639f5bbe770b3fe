/** The options of `chiron import`. */
export interface ImportOptions {
  readonly study?: string
  readonly as?: string
  readonly server: string
}
