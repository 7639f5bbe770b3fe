/** Asks nvidia-smi, whose answers are rows of comma-separated cells. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export type SmiAnswer =
  | { readonly is: 'rows'; readonly rows: readonly (readonly string[])[] }
  | { readonly is: 'failed'; readonly why: string }

/** A card that falls off the bus makes nvidia-smi hang. */
const QUERY_MS = 20_000
const MESSAGE_LENGTH = 300

/** `query` is an option such as `--query-gpu=index,name`. */
export async function queryNvidiaSmi(query: string): Promise<SmiAnswer> {
  const words = [query, '--format=csv,noheader,nounits']
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', words, { timeout: QUERY_MS })
    return { is: 'rows', rows: cellsOf(stdout) }
  } catch (error) {
    return { is: 'failed', why: whyFailed(error as ExecError) }
  }
}

type ExecError = Error & { code?: unknown; killed?: boolean; stdout?: string; stderr?: string }

function whyFailed({ code, killed, stdout = '', stderr = '', message }: ExecError): string {
  if (code === 'ENOENT') return 'nvidia-smi is not there'
  if (killed) return `nvidia-smi did not answer within ${QUERY_MS / 1000} s`
  const said = `${stderr}${stdout}`.trim().replaceAll('\n', ' ') || message
  return `nvidia-smi failed: ${said.slice(0, MESSAGE_LENGTH)}`
}

function cellsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()))
}

/** A card does not tell everything: a cell may be [N/A], or the name of an error. */
export function numberIn(cell: string | undefined): number | undefined {
  const number = Number(cell === '' ? undefined : cell)
  return Number.isFinite(number) ? number : undefined
}
