/** One finding of `chiron doctor`. */
export interface Finding {
  readonly what: string
  /** `note`: something is missing that not every user needs. */
  readonly is: 'fine' | 'note' | 'wrong'
  readonly says: string
  readonly todo?: string
}
