/** Quotes what a program wrote, since whoever writes the program writes its log as well. */

const MOST_LINES = 50
const LONGEST_LINE = 300

/** The last lines, each behind a bar, without control characters. `share` shortens them. */
export function quoteLog(tail: string, share: number): string {
  const lines = tail.replace(/\r\n?/g, '\n').trimEnd().split('\n')
  return lines
    .slice(-Math.max(5, Math.ceil(MOST_LINES * share)))
    .map((line) => `| ${plain(line).slice(0, LONGEST_LINE)}`)
    .join('\n')
}

function plain(line: string): string {
  return line.replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '').replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}
