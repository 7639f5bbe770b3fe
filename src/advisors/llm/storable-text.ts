/** Cleans a text of a model or provider for storage: removes secrets and characters that a text column cannot hold. */

/** U+0000, and unpaired surrogates. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

export function storableText(text: string, secrets: readonly string[] = []): string {
  return secrets
    .reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
    .replace(UNSTORABLE, '')
}
