import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { type Body, useService } from './service.js'

const TROUBLE = [
  'plain',
  'with, comma',
  'with "quotes"',
  'two\nlines',
  'two\r\nlines',
  'a\ttab',
  'back\\slash \\n \\t',
  '=SUM(A1:A9)',
  '+1',
  '-1',
  '@x',
  '\n=1+1',
  ' =1+1',
  '＝1+1',
  "'＋1",
  '\r\n@x',
  'naïve 🐎',
  ' spaces ',
  'null',
]

const SPACE = {
  parameters: {
    x: { type: 'float', low: -5, high: 10 },
    text: { type: 'categorical', choices: TROUBLE },
    on: { type: 'bool' },
    tail: { type: 'float', low: 0, high: 1, when: { on: true } },
  },
} as const

describe.each(databases())('an export on $name', (engine) => {
  const service = useService(engine)
  let study: string

  beforeAll(async () => {
    await service.listen()
    study = await service.create({
      space: SPACE,
      method: { optimizer: { kind: 'random' }, preflight: 'off' },
    })
    for (const [i, message] of TROUBLE.entries()) {
      const trial = await service.askOne(study, `worker ${message.replace(/[^\x20-\x7e]/g, '')}`)
      if (i === 1) {
        const { number, lease } = trial
        const report = { token: lease.token, step: 4, value: 9 }
        await service.post(`/studies/${study}/trials/${number}/report`, report)
      }
      const value = i - 1 / 3
      const told = i % 3 === 2 ? { outcome: 'oom' } : { outcome: i === 1 ? 'pruned' : 'complete', value }
      const metrics = i % 2 ? { note: message, n: i, nothing: null } : undefined
      await service.tell(study, trial, {
        ...told,
        message,
        metrics,
        trainSeconds: i / 7,
        peakMemoryMb: 1e4 + i,
      })
    }
    await service.ask(study, 'running', 2)
    await multiply(10_000)
  })

  /** Copies the trials that are there until there are so many. */
  const multiply = (total: number) =>
    service.running.database.query(
      `insert into trials (study_id, number, state, failure, params, params_key, proposal, value, metrics, message,
                           train_seconds, peak_memory_mb, foreseen, attempt, worker, token, lease_expires_at, created_at, settled_at)
       select study_id, n, state, failure, params, params_key, proposal, value, metrics, message, train_seconds,
              peak_memory_mb, foreseen, attempt, worker, token, lease_expires_at, created_at, settled_at
         from generate_series($2::int, $3::int) n join trials t on t.number = n % $2::int
        where study_id = (select id from studies where name = $1)`,
      [study, TROUBLE.length + 2, total - 1],
    )

  const download = async (format: string) => {
    const answer = await fetch(`${service.url}/studies/${study}/export?format=${format}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-length'), 'it is streamed').toBeNull()
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${study}.${format}"`)
    return { type: answer.headers.get('content-type'), text: await answer.text() }
  }

  /** All trials as the API lists them. */
  const listed = async () => {
    const trials: Body[] = []
    for (let cursor = ''; ; ) {
      const { body } = await service.get(
        `/studies/${study}/trials?limit=1000${cursor && `&cursor=${cursor}`}`,
      )
      trials.push(...body.trials)
      if (body.nextCursor === undefined) return trials
      cursor = body.nextCursor
    }
  }

  it('as jsonl has the trials as the API shows them, one a line', async () => {
    const { type, text } = await download('jsonl')
    expect(type).toBe('application/x-ndjson; charset=utf-8')
    const lines = text.split('\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(10_000)
    const of = { study, studyId: await service.id(study) }
    expect(lines.map((line) => JSON.parse(line))).toEqual((await listed()).map((t) => ({ ...of, ...t })))
  })

  it.each([
    ['csv', 'text/csv; charset=utf-8; header=present', readCsv],
    ['tsv', 'text/tab-separated-values; charset=utf-8', readTsv],
  ] as const)(
    'as %s has a line for each trial and a column for each parameter',
    async (format, form, parse) => {
      const { type, text } = await download(format)
      expect(type).toBe(form)
      const [header, ...rows] = parse(text)
      const of = { study, studyId: await service.id(study) }
      const trials = (await listed()).map((t) => ({ ...of, ...t }))
      expect(rows).toHaveLength(10_000)
      const expected = trials.map((trial) => cells(header!, trial))
      expect(rows).toEqual(expected)
      expect(header).toEqual(
        expect.arrayContaining(['number', 'state', 'value', 'source', 'params.text', 'params.tail']),
      )
    },
  )

  it('as csv keeps a text from being taken for a formula, and a number a number', async () => {
    const { text } = await download('csv')
    expect(text).toContain("'=SUM(A1:A9)")
    expect(text).toContain('"{""step"":4}"')
    const [header, first] = text.split('\r\n').map((line) => line.split(','))
    expect(first![header!.indexOf('value')]).toBe(String(-1 / 3))
  })

  it('is csv where nothing else is asked for, and the header alone of a study without trials', async () => {
    const empty = await service.create({ space: SPACE })
    const { body } = await service.get(`/studies/${empty}/export`)
    expect(body.split('\r\n')).toEqual([
      expect.stringMatching(/^study,studyId,number,state,.*,params.on,/),
      '',
    ])
    expect((await service.get(`/studies/${empty}/export?format=jsonl`)).body).toBe('')
  })

  it('holds no lock: trials are asked for while it runs', async () => {
    const busy = await service.create()
    const answer = await fetch(`${service.url}/studies/${study}/export?format=jsonl`)
    await service.run(busy, 1)
    expect((await answer.text()).split('\n')).toHaveLength(10_001)
  })

  it('of a study that is not there is a plain 404', async () => {
    expect(await service.get('/studies/nobody/export')).toMatchObject({
      status: 404,
      body: { code: 'study_not_found' },
    })
  })
})

/** What a trial should look like under this header. */
function cells(header: readonly string[], trial: Body): string[] {
  const text = (value: unknown) => (value === undefined ? '' : String(value))
  return header.map((name) => {
    if (name === 'source') return trial.proposal.source
    if (name === 'origin') return trial.proposal.origin ? JSON.stringify(trial.proposal.origin) : ''
    if (name === 'metrics' || name === 'foreseen') return trial[name] ? JSON.stringify(trial[name]) : ''
    return name.startsWith('params.') ? text(trial.params[name.slice(7)]) : text(trial[name])
  })
}

/** RFC 4180, and the mark before what a spreadsheet would compute. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const [, quoted, plain, end] = match
    const found = quoted === undefined ? plain! : quoted.replaceAll('""', '"')
    row.push(unmarked(found))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

/** Without the mark before what a spreadsheet would compute; fails where it should be there. */
function unmarked(cell: string): string {
  expect(cell).not.toMatch(/^\s*[=@＝＋－＠]|^\s*[+-](?!\d)|^[\t\r\n]/)
  return cell.replace(/^'(?='*\s*[=+\-@＝＋－＠\t\r\n])/, '')
}

function readTsv(text: string): string[][] {
  const meaning: Record<string, string> = { t: '\t', n: '\n', r: '\r', '\\': '\\' }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) =>
      line.split('\t').map((cell) => unmarked(cell.replace(/\\(.)/g, (_, c: string) => meaning[c]!))),
    )
}
