/** The commands that list, bring in and write trials, and what every command says about tokens, versions and servers. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot, version } from '../../src/root.js'
import { findProgram } from '../system-program.js'
import { makeReady, ServerProcess } from './server-process.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 })

const zsh = findProgram(['zsh'], 'zsh')
const TOKEN = 'a-token-of-the-tests'
let folder: string
let server: ServerProcess
let url: string
beforeAll(async () => {
  makeReady()
  folder = await mkdtemp(join(tmpdir(), 'chiron-'))
  const env = { PORT: '0', CHIRON_DATA_DIR: join(folder, 'data'), CHIRON_TOKEN: TOKEN }
  server = ServerProcess.run(env)
  url = await server.listening()
})
afterAll(async () => {
  await server?.kill()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const BIN = fromRoot('bin/chiron.mjs')
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  PORT: '0',
  CHIRON_DATA_DIR: join(folder, 'data'),
  CHIRON_TOKEN: TOKEN,
  ...more,
})
const chiron = (args: readonly string[], env: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [BIN, ...args], { env: environment(env), maxBuffer: 1e8 }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 as unknown }),
    ({ stdout, stderr, code }) => ({ stdout: String(stdout), stderr: String(stderr), code }),
  )
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
    body: JSON.stringify(body),
  })
const create = (name: string) =>
  post('/studies', {
    name,
    space: {
      parameters: {
        x: { type: 'float', low: -5, high: 5 },
        act: { type: 'categorical', choices: ['a', 'b'] },
      },
    },
    objective: { metric: 'loss' },
    method: 'random',
  })

describe('chiron import, export, studies and trials', () => {
  /** More than one request may have, with a line end in a cell of the file. */
  const ROWS = 5002
  const rowOf = (i: number) => ({
    params: { x: i / ROWS, act: i % 2 ? 'a' : 'b' },
    outcome: i === 7 ? 'crashed' : 'complete',
    ...(i === 7 ? { message: 'line one\nsays "two"' } : { value: i / ROWS }),
    idempotencyKey: `row ${i}`,
  })

  it('brings in a file of jsonl in several requests, once', async () => {
    await create('first')
    const file = join(folder, 'first.jsonl')
    await writeFile(file, Array.from({ length: ROWS }, (_, i) => `${JSON.stringify(rowOf(i))}\n`).join(''))
    const at = ['import', file, '--study', 'first', '--server', url]
    expect((await chiron(at)).stdout).toBe(
      `first: ${ROWS} imported, 0 known before, 0 without a result left out\n`,
    )
    expect((await chiron(at)).stdout).toBe(
      `first: 0 imported, ${ROWS} known before, 0 without a result left out\n`,
    )
  })

  it('brings in what was exported as csv', async () => {
    const exported = await chiron(['export', 'first', '--server', url])
    const file = join(folder, 'first.csv')
    await writeFile(file, exported.stdout)
    await create('second')
    const { stdout } = await chiron(['import', file, '--study', 'second', '--server', url])
    expect(stdout).toBe(`second: ${ROWS} imported, 0 known before, 0 without a result left out\n`)
    const again = await chiron(['export', 'second', '--format', 'jsonl', '--server', url])
    const crashed = again.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ failure }) => failure)
    expect(crashed).toMatchObject([{ number: 7, message: 'line one\nsays "two"' }])
  })

  it('says which row of a file is wrong', async () => {
    const file = join(folder, 'wrong.jsonl')
    const rows = Array.from({ length: ROWS }, (_, i) => ({ ...rowOf(i), idempotencyKey: `again ${i}` }))
    rows[5000]!.params.x = 99
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'))
    const { code, stderr } = await chiron(['import', file, '--study', 'first', '--server', url])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^chiron: rows\.1\.params\.x: .*rows\.1 is row 5001 of the file/)
  })

  it('refuses what is no file of trials', async () => {
    expect(await chiron(['import', 'x.parquet', '--study', 'first', '--server', url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ends with .csv or .jsonl'),
    })
    expect(await chiron(['import', 'x.csv', '--server', url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('by --study'),
    })
    expect(await chiron(['import', 'optuna', 'postgresql://host/db', '--server', url])).toMatchObject({
      code: 1,
      stderr:
        'chiron: postgresql://host/db is not in SQLite: write sqlite:///FILE, or use chiron.optuna.import_study in Python\n',
    })
  })

  it('lists studies, and those of experiments where one asks for them', async () => {
    const made = await post('/experiments', {
      name: 'grid',
      study: {
        space: 'autoresearch-14',
        objective: { metric: 'val_bpb' },
        trainer: 'simulated-h200',
        budget: { trials: 2 },
      },
      arms: [{ name: 'random', method: 'random' }],
      baseline: 'random',
      seeds: 1,
      endpoint: { of: 'best' },
    })
    expect(made.status).toBe(201)
    const listed = async (...more: string[]) => (await chiron(['studies', '--server', url, ...more])).stdout
    const note = 'studies of experiments are not listed (1): --cells lists them too'
    await vi.waitFor(async () => expect(await listed()).toContain(note), 60_000)
    expect(await listed()).toMatch(/^second +active/m)
    expect(await listed()).not.toContain('grid.random.1')
    expect(await listed('--cells')).toMatch(/^grid\.random\.1 /m)
    expect(await listed('--cells')).not.toContain(note)
  })

  it('lists the last trials of a study', async () => {
    const { stdout } = await chiron([
      'trials',
      'second',
      '--last',
      '3',
      '--state',
      'complete',
      '--server',
      url,
    ])
    const lines = stdout.split('\n')
    expect(lines[0]).toMatch(/^trial +outcome +value +source +seconds +(x +act|act +x)$/)
    expect(lines.slice(1, 4).map((line) => line.trim().split(/ +/)[0])).toEqual(['4999', '5000', '5001'])
    expect(lines[0]).not.toContain('°C')
    await create('hot')
    const rows = [
      { ...rowOf(1), metrics: { gpuTemperatureMax: 91, throttled: true, gpuSlowedBy: 'thermal 40 %' } },
      { ...rowOf(2), metrics: { gpuTemperatureMax: 64 } },
    ]
    expect((await post('/studies/hot/import', rows)).ok).toBe(true)
    const hot = (await chiron(['trials', 'hot', '--server', url])).stdout.split('\n')
    expect(hot[0]).toMatch(/ °C +throttled /)
    expect(hot[1]).toMatch(/ 91 +thermal 40 % /)
    expect(hot[2]).toMatch(/ 64 {15,}/)
    const wrong = await chiron(['trials', 'first', '--state', 'done', '--server', url])
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('choose proposing, ready') })
  })

  it('ends quietly where its reader is gone', async () => {
    const command = `"${process.execPath}" "${BIN}" export first --server ${url} | head -n 1`
    const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [said, complained] = ['', '']
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (complained += chunk))
    const [code] = await once(child, 'close')
    expect(said).toMatch(/^study,studyId,number/)
    expect({ code, complained }).toEqual({ code: 141, complained: '' })
  })
})

describe('every command', () => {
  it('says its version', async () => {
    expect((await chiron(['--version'])).stdout).toBe(`${version}\n`)
  })

  it('says to set CHIRON_TOKEN', async () => {
    const none = await chiron(['studies', '--server', url], { CHIRON_TOKEN: '' })
    expect(none.stderr).toBe(`chiron: ${url} needs a token: set CHIRON_TOKEN to that of the service\n`)
    const wrong = await chiron(['studies', '--server', url], { CHIRON_TOKEN: 'wrong' })
    expect(wrong.stderr).toBe(
      `chiron: ${url} does not accept this token: set CHIRON_TOKEN to that of the service\n`,
    )
  })

  it('finds the service that has its data folder', async () => {
    const file = join(folder, 'found.json')
    await writeFile(
      file,
      JSON.stringify({
        name: 'found',
        space: 'autoresearch-14',
        objective: { metric: 'val_bpb' },
        method: 'random',
        trainer: 'simulated-h200',
        budget: { trials: 5 },
      }),
    )
    const { code, stdout, stderr } = await chiron(['run', file])
    expect(stderr).toBe(`a service runs already: this command uses ${url}\n`)
    expect(stdout).toContain('found is finished')
    expect(code).toBe(0)
  })

  it('says which version a server and a client need', async () => {
    const newer = createServer((_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json', 'chiron-version': '9.1.0' }).end('{}')
    })
    newer.listen(0, '127.0.0.1')
    await once(newer, 'listening')
    const at = `http://127.0.0.1:${(newer.address() as AddressInfo).port}`
    const { stderr } = await chiron(['studies', '--server', at])
    newer.close()
    expect(stderr).toBe(
      `chiron: The server at ${at} is Chiron 9.1.0, and this is ${version}: run chiron 9.1 here\n`,
    )

    const series = version.split('.').slice(0, 2).join('.')
    const ask = (client: string) => post('/studies/first/ask', { worker: 'w' }, { 'user-agent': client })
    const old = await ask('chiron-hpo/0.0.9')
    expect([old.status, old.headers.get('chiron-version')]).toEqual([400, version])
    expect(await old.json()).toMatchObject({
      code: 'version_mismatch',
      detail: expect.stringContaining(`pip install 'chiron-hpo==${series}.*'`),
    })
    expect(await (await ask('chiron/9.1.0')).json()).toMatchObject({
      detail: `This server is Chiron ${version}, and the client is 9.1.0: update this server to 9.1, or install chiron ${series} there`,
    })
    for (const client of [`chiron/${version}`, `chiron-hpo/${series}.99`, 'curl/8.0'])
      expect((await ask(client)).status, client).toBe(200)
  })

  it.each([
    [['im'], 'import'],
    [['import', 'f.csv', '--st'], '--study'],
    [['program', 'd'], 'diff'],
    [['completion', '--h'], '--help'],
  ])('completes %j in bash', async (words, wanted) => {
    const { stdout: script } = await chiron(['completion', 'bash'])
    const typed = ['chiron', ...words].map((word) => `'${word}'`).join(' ')
    const shell = `${script}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _chiron; echo "\${COMPREPLY[@]}"`
    const { stdout } = await promisify(execFile)('bash', ['-c', shell])
    expect(stdout).toBe(`${wanted}\n`)
  })

  it.skipIf(zsh === undefined)('completes in zsh, as one types it', async () => {
    const { stdout: script } = await chiron(['completion', 'zsh'])
    const home = join(folder, 'zsh')
    await mkdir(home)
    await writeFile(join(home, 'chiron.zsh'), script)
    await writeFile(
      join(home, '.zshrc'),
      `autoload -U compinit && compinit -u -D
      source ${home}/chiron.zsh
      chiron() { print -r -- "<$*>" }
      PS1='ready> '`,
    )
    const shell = spawn('script', ['-qec', `${zsh} -i`, '/dev/null'], {
      env: { PATH: process.env.PATH, ZDOTDIR: home, TERM: 'dumb' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let said = ''
    shell.stdout.on('data', (chunk) => (said += chunk))
    await vi.waitFor(() => expect(said).toContain('ready> '), 20_000)
    shell.stdin.write('chiron im\t\rchiron import f.csv --st\t\rchiron program d\t\rexit\r')
    await once(shell, 'close')
    expect(said.match(/<.*>/g)).toEqual(['<import>', '<import f.csv --study>', '<program diff>'])
  })

  it('completes in no other shell', async () => {
    expect((await chiron(['completion', 'fish'])).stderr).toContain('choose bash or zsh')
  })
})
