/** What a model or its provider says, as it may be stored: without what a text column cannot hold, and without secrets. */

/** U+0000, and half a surrogate pair. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

export function storableText(text: string, secrets: readonly string[] = []): string {
  return secrets
    .reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
    .replace(UNSTORABLE, '')
}
