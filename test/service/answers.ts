/** Validates answers of the service against the schemas of its OpenAPI document. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { fromRoot } from '../../src/root.js'

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export interface Answer {
  readonly status: number
  /** Without its parameters. */
  readonly type: string
  readonly body: unknown
}

const document: Document = JSON.parse(readFileSync(fromRoot('openapi/openapi.json'), 'utf8'))

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addSchema(document, 'openapi')

const templates = Object.keys(document.paths).map((template) => ({
  template,
  form: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
}))

/** Throws where the answer is not as promised. Of an error, any status is fair: its form is what is promised. */
export function expectPromised(method: string, path: string, answer: Answer): void {
  const found = templates.find(({ form }) => form.test(path.split('?', 1)[0]!))
  const place = `${method} ${path} → ${answer.status}`
  if (answer.status >= 400) {
    expectProblem(place, answer)
    return
  }
  const operation = found && document.paths[found.template]![method.toLowerCase()]
  const response = operation?.responses[answer.status]
  if (!found || !response) throw new Error(`${place} is not in the OpenAPI document`)
  const content = Object.keys(response.content ?? {})
  if (content.length === 0) return
  if (!content.includes(answer.type)) throw new Error(`${place} is ${answer.type}, not ${content}`)
  if (answer.type !== 'application/json') return
  const keys = [
    'paths',
    found.template,
    method.toLowerCase(),
    'responses',
    answer.status,
    'content',
    answer.type,
  ]
  expectAs(place, `openapi#/${keys.map(pointer).join('/')}/schema`, answer.body)
}

function expectProblem(place: string, { status, type, body }: Answer): void {
  if (type !== 'application/problem+json') throw new Error(`${place} is ${type}: ${JSON.stringify(body)}`)
  expectAs(place, 'openapi#/components/schemas/Problem', body)
  const said = (body as { status: number }).status
  if (said !== status) throw new Error(`${place} says that its status is ${said}`)
}

/** Throws where a value is not as the schema of this name has it. */
export function expectValid(name: string, body: unknown): void {
  expectAs(name, `openapi#/components/schemas/${name}`, body)
}

function expectAs(place: string, schema: string, body: unknown): void {
  const validate = ajv.getSchema(schema)
  if (!validate) throw new Error(`${schema} cannot be found`)
  if (validate(body)) return
  const faults = validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
  throw new Error(`${place}: ${faults.join('; ')}\n${JSON.stringify(body).slice(0, 2000)}`)
}

function pointer(key: string | number): string {
  return encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))
}
