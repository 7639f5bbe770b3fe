/** The image and its compose file, read as text: nobody runs as root, and no password has a default. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { fromRoot } from '../src/root.js'

const text = (file: string) => readFileSync(fromRoot(file), 'utf8')

/** As compose does it: a variable with `:?` must be set, one with `:-` has a default. */
function interpolate(value: unknown, env: Record<string, string>): unknown {
  if (typeof value === 'object' && value !== null) {
    const each = Object.entries(value).map(([key, inner]) => [key, interpolate(inner, env)])
    return Array.isArray(value) ? each.map(([, inner]) => inner) : Object.fromEntries(each)
  }
  if (typeof value !== 'string') return value
  return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, rule: string, more: string) => {
    if (env[name]) return env[name]
    if (rule === '?') throw new Error(`${name}: ${more}`)
    return more ?? ''
  })
}

describe('compose.yml', () => {
  const file = parse(text('compose.yml'))
  const secrets = { CHIRON_TOKEN: 'a-token', POSTGRES_PASSWORD: 'a1' }

  it.each(Object.keys(secrets))('does not start without %s, and says so', (name) => {
    const { [name as keyof typeof secrets]: _, ...others } = secrets
    expect(() => interpolate(file, others)).toThrow(new RegExp(`^${name}: set it to `))
  })

  it('gives both services the same password, and no other secret a default', () => {
    const { chiron, postgres } = (interpolate(file, secrets) as typeof file).services
    expect(postgres.environment.POSTGRES_PASSWORD).toBe('a1')
    expect(new URL(chiron.environment.DATABASE_URL).password).toBe('a1')
    const defaults = [...text('compose.yml').matchAll(/\$\{(\w+):-/g)].map(([, name]) => name)
    expect(defaults.filter((name) => !['NODE_IMAGE', 'POSTGRES_IMAGE', 'PORT'].includes(name!))).toEqual([])
  })

  it('runs the service on a root that it cannot write to, without rights of the kernel’s', () => {
    const { chiron, postgres } = (interpolate(file, secrets) as typeof file).services
    expect(chiron).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      volumes: ['chiron:/data'],
      depends_on: { postgres: { condition: 'service_healthy' } },
    })
    expect(postgres.ports, 'the database is reached by the service alone').toBeUndefined()
    expect(Object.keys(file.volumes)).toEqual(['chiron', 'postgres'])
  })
})

describe('the image', () => {
  it('is built from every folder that the build reads', () => {
    const { include } = JSON.parse(text('tsconfig.build.json')) as { include: string[] }
    const sent = text('.dockerignore').split('\n')
    for (const folder of [...include, 'web', 'bin', 'migrations', 'openapi'])
      expect(sent).toContain(`!${folder}`)
  })

  const instructions = text('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
  const argumentsOf = (keyword: string) =>
    last.filter((line) => line.startsWith(`${keyword} `)).map((line) => line.slice(keyword.length + 1))

  it('is built on one base, which a digest may replace', () => {
    expect(instructions[0]).toMatch(/^ARG NODE_IMAGE=node:\d+-slim$/)
    const bases = instructions.filter((line) => line.startsWith('FROM '))
    expect(bases.map((line) => line.replace(' AS build', ''))).toEqual(
      Array(2).fill('FROM $'.concat('{NODE_IMAGE}')),
    )
  })

  it('runs as a user of its own, which owns the data alone', () => {
    expect(argumentsOf('USER')).toEqual(['10001:10001'])
    const setUp = argumentsOf('RUN').join('\n')
    expect(setUp).toMatch(/useradd .*--uid 10001 .*chiron/)
    expect(setUp.match(/chown .*/g)).toEqual(['chown chiron:chiron /data'])
    expect(argumentsOf('COPY').join('\n')).not.toContain('--chown')
    expect(argumentsOf('VOLUME')).toEqual(['/data'])
    expect(argumentsOf('ENV').join(' ')).toContain('CHIRON_DATA_DIR=/data')
  })

  it('asks whether it is ready', () => {
    const [check] = argumentsOf('HEALTHCHECK')
    expect(check).toContain('/readyz')
    expect(JSON.parse(check!.slice(check!.indexOf('[')))).toHaveLength(3)
    expect(argumentsOf('CMD').map((line) => JSON.parse(line))).toEqual([['node', 'bin/chiron.mjs', 'serve']])
  })

  it('has every file of the package, and copies none that there is not', () => {
    const copied = argumentsOf('COPY').flatMap((line) =>
      [...line.matchAll(/\/app\/(\S+)/g)].map(([, path]) => path!),
    )
    const made = ['node_modules', 'dist']
    expect(copied.filter((path) => !made.includes(path) && !existsSync(fromRoot(path)))).toEqual([])
    const { files } = JSON.parse(text('package.json')) as { files: string[] }
    const needed = files.filter((path) => !path.startsWith('!'))
    expect(needed.filter((path) => !copied.some((folder) => `${path}/`.startsWith(`${folder}/`)))).toEqual([])
  })
})
