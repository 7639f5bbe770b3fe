/** `chiron import`: trials that ran elsewhere, from a file or from Optuna. */
import { Fault } from '../../faults.js'
import { importFile } from './import-file.js'
import { importOptuna } from './import-optuna.js'
import type { ImportOptions } from './options.js'

export async function runImport(
  source: readonly string[],
  options: ImportOptions,
  token: string | undefined,
): Promise<void> {
  const [first, url, ...more] = source
  if (first === 'optuna' && url !== undefined && more.length === 0) return importOptuna(url, options, token)
  if (first !== 'optuna' && url === undefined) return importFile(first!, options, token)
  throw new Fault('invalid_request', 'Give one file of trials, or: chiron import optuna sqlite:///FILE')
}
