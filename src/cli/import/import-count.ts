/** Adds up what the requests of an import brought in, and says which rows a refused one had. */
import { Fault } from '../../faults.js'

interface Imported {
  readonly imported: number
  readonly known: number
  readonly leftOut: number
}

export class ImportCount {
  private imported = 0
  private known = 0
  private leftOut = 0

  constructor(private readonly study: string) {}

  /** `first` is the row of the file that the request begins with: the service counts its own rows. */
  async add(first: number, send: () => Promise<Imported>): Promise<void> {
    const { imported, known, leftOut } = await send().catch((error) => {
      if (!(error instanceof Fault) || first === 1) throw error
      throw new Fault(
        error.code,
        `${error.message} (rows.1 is row ${first} of the file; what came before is imported, and is known when it is sent again)`,
      )
    })
    this.imported += imported
    this.known += known
    this.leftOut += leftOut
  }

  print(): void {
    const { study, imported, known, leftOut } = this
    console.log(`${study}: ${imported} imported, ${known} known before, ${leftOut} without a result left out`)
  }
}
