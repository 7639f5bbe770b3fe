/** Keeps spreadsheets from computing a text of an export, and takes the mark away again on import. */

/**
 * What a spreadsheet may read as a formula, behind any apostrophes: its four signs, the wide ones of East Asian keyboards
 * too, with white space before them or not; and a tab or a line break, behind which a new cell might begin.
 */
const FORMULA = /^'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/
const GUARDED = /^'(?='*(?:[\t\r\n]|\s*[=+\-@＝＋－＠]))/

/** A leading apostrophe makes a spreadsheet show the text as it stands. A text that looks guarded gets another one. */
export function guardFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

export function unguardFormula(text: string): string {
  return text.replace(GUARDED, '')
}
