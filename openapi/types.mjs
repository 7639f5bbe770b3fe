/**
 * Writes the page's types of what the API takes and answers from openapi.json: `node openapi/types.mjs`. With `--print` to stdout.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Only the schemas: which request has which answer is said where it is sent. */
export async function pageTypes() {
  const { openapi, info, components } = JSON.parse(await readFile(path('openapi.json'), 'utf8'))
  const tree = await openapiTS(
    { openapi, info, components, paths: {} },
    { immutable: true, alphabetize: true },
  )
  return `/** Made from openapi/openapi.json by \`node openapi/types.mjs\`. */\n\n${astToString(tree)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--print')) process.stdout.write(await pageTypes())
  else await writeFile(path('../web/data/api-schemas.d.ts'), await pageTypes())
}
