/** bin/ready.mjs prepares a small checkout, with the real npm and the real compiler. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const repository = fileURLToPath(new URL('..', import.meta.url))
const says = (text: string) => `export {}
declare const process: { argv: string[] }, console: { log(text: string): void }
console.log('${text} ' + process.argv.slice(2).join(' '))
`

let checkout: string
beforeEach(async () => {
  checkout = mkdtempSync(join(tmpdir(), 'chiron-checkout-'))
  cpSync(join(repository, 'bin'), join(checkout, 'bin'), { recursive: true })
  await writePackage()
  await write('tsconfig.json', {
    compilerOptions: { module: 'NodeNext', rootDir: '.', lib: ['ES2023'], types: [] },
  })
  await write('tsconfig.build.json', { extends: './tsconfig.json', include: ['src'] })
  await write('src/cli/main.ts', says('hello'))
})
afterEach(() => rmSync(checkout, { recursive: true, force: true }))

describe('bin/ready.mjs prepares a checkout', { timeout: 120_000 }, () => {
  test('installs and builds once', async () => {
    expect(await chiron('serve', '--port=1')).toEqual({
      code: 0,
      out: 'hello serve --port=1\n',
      did: ['install', 'build'],
    })
    expect(await chiron()).toEqual({ code: 0, out: 'hello \n', did: [] })
  })

  test('repeats only the step whose input changed', async () => {
    await chiron()
    await write('src/cli/main.ts', says('changed'))
    expect(await chiron()).toEqual({ code: 0, out: 'changed \n', did: ['build'] })
    rmSync(join(checkout, 'node_modules'), { recursive: true })
    expect(await chiron()).toEqual({ code: 0, out: 'changed \n', did: ['install'] })
  })

  test('works once when several commands start at the same time', async () => {
    const three = await Promise.all([chiron('a'), chiron('b'), chiron('c')])
    expect(three.map(({ code, out }) => ({ code, out }))).toEqual(
      ['a', 'b', 'c'].map((name) => ({ code: 0, out: `hello ${name}\n` })),
    )
    expect(three.flatMap(({ did }) => did).sort()).toEqual(['build', 'install'])
  })

  test('keeps the old build after a compile error', async () => {
    await chiron()
    await write('src/cli/main.ts', 'const a: number = "one"')
    for (const _ of [1, 2]) {
      const { code, out, said } = await listen(start())
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(said).toContain("src/cli/main.ts(1,7): error TS2322: Type 'string' is not assignable")
      expect(said).toContain('chiron: the build failed')
    }
    await write('src/cli/main.ts', says('mended'))
    expect(await chiron()).toEqual({ code: 0, out: 'mended \n', did: ['build'] })
  })

  test('works after a previous run was killed', async () => {
    const killed = start()
    await until(killed, 'building')
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    expect(await chiron()).toEqual({ code: 0, out: 'hello \n', did: ['build'] })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'works after a previous run was stopped by %s',
    async (signal) => {
      const stopped = start()
      await until(stopped, 'installing')
      stopped.kill(signal)
      expect(await once(stopped, 'exit')).toEqual([null, signal])
      expect(leftovers()).toEqual([])
      expect(await chiron()).toEqual({ code: 0, out: 'hello \n', did: ['install', 'build'] })
    },
  )

  test('installs the compiler even with NODE_ENV=production', async () => {
    const { code, did } = read(await listen(start([], { NODE_ENV: 'production' })))
    expect({ code, did }).toEqual({ code: 0, did: ['install', 'build'] })
  })

  test('does nothing if only development packages are missing and the build exists', async () => {
    await chiron()
    npm('ci', '--omit=dev')
    expect(existsSync(join(checkout, 'node_modules/typescript'))).toBe(false)
    expect(await chiron()).toEqual({ code: 0, out: 'hello \n', did: [] })
  })

  test('does nothing in an installed package, which has no sources', async () => {
    await chiron()
    for (const path of ['src', 'tsconfig.json', 'tsconfig.build.json', 'node_modules', 'package-lock.json']) {
      rmSync(join(checkout, path), { recursive: true })
    }
    expect(await chiron()).toEqual({ code: 0, out: 'hello \n', did: [] })
  })

  test('refuses a Node that is too old', async () => {
    await write('package.json', { type: 'module', engines: { node: '>=99.1' } })
    const { code, said } = await listen(start())
    expect(code).toBe(1)
    expect(said).toBe(
      `chiron: Node 99.1 or newer is needed; ${process.execPath} is ${process.versions.node}\n`,
    )
  })
})

/** One package to run, and one to build: this repository's own compiler. */
async function writePackage(): Promise<void> {
  const compiler = relative(realpathSync(checkout), join(repository, 'node_modules/typescript'))
  const project = {
    name: 'chiron',
    version: '1.0.0',
    type: 'module',
    engines: { node: '>=20.19' },
    dependencies: { greeting: 'file:greeting' },
    devDependencies: { typescript: `file:${compiler}` },
  }
  const packages = {
    '': project,
    greeting: { version: '1.0.0' },
    [compiler]: { version: ts.version, dev: true },
    'node_modules/greeting': { resolved: 'greeting', link: true },
    'node_modules/typescript': { resolved: compiler, link: true, dev: true },
  }
  await write('package.json', project)
  await write('greeting/package.json', { name: 'greeting', version: '1.0.0' })
  await write('package-lock.json', { ...project, lockfileVersion: 3, requires: true, packages })
}

async function chiron(...args: string[]) {
  return read(await listen(start(args)))
}

interface Heard {
  readonly code: number | null
  readonly out: string
  readonly said: string
}

function read({ code, out, said }: Heard) {
  const steps = { install: 'chiron: installing', build: 'chiron: building' }
  const did = Object.entries(steps).flatMap(([step, line]) => (said.includes(line) ? [step] : []))
  return { code, out, did }
}

function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ['bin/chiron.mjs', ...args], {
    cwd: checkout,
    env: { ...process.env, ...env },
  })
}

async function listen(child: ChildProcess): Promise<Heard> {
  let out = ''
  let said = ''
  child.stdout!.on('data', (data) => (out += data))
  child.stderr!.on('data', (data) => (said += data))
  const [code] = await once(child, 'close')
  return { code, out, said }
}

async function until(child: ChildProcess, word: string): Promise<void> {
  for await (const data of child.stderr!) if (String(data).includes(word)) return
  throw new Error(`it ended without a word of ${word}`)
}

/** Files that must not be left when nothing runs in the checkout. */
function leftovers(): string[] {
  return readdirSync(checkout).filter((name) => /^\.ready\.lock|^dist\../.test(name))
}

function npm(...args: string[]): void {
  execFileSync('npm', [...args, '--offline', '--loglevel=error'], { cwd: checkout, stdio: 'ignore' })
}

async function write(path: string, content: string | object): Promise<void> {
  await mkdir(dirname(join(checkout, path)), { recursive: true })
  writeFileSync(join(checkout, path), typeof content === 'string' ? content : JSON.stringify(content))
}
