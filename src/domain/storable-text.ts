/** What a text column of Postgres can hold: everything but U+0000 and half a surrogate pair. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text)
}

/** The text without the characters that cannot be stored. */
export function storableText(text: string): string {
  return text.replace(new RegExp(UNSTORABLE, 'g'), '')
}
