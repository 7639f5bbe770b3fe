import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromRoot } from '../../src/root.js'
import type { Database } from '../../src/storage/database.js'
import { migrate } from '../../src/storage/migrate.js'
import { openDatabase } from '../../src/storage/open.js'
import { databases, type TestDatabase } from '../postgres.js'

describe.each(databases())('the schema on $name', (engine) => {
  let place: TestDatabase
  let database: Database
  const open = () => openDatabase({ url: place.url, dataDir: place.dataDir ?? '', pool: 4 })

  beforeAll(async () => {
    place = await engine.openEmpty()
    database = await open()
  })
  afterAll(async () => {
    await database.close()
    await place.close()
  })

  it('is created once by servers that start together', async () => {
    const applied = await Promise.all([migrate(database), migrate(database), migrate(database)])
    expect(applied.filter((tags) => tags.length > 0)).toHaveLength(1)
    expect(await migrate(database)).toEqual([])
  })

  it('is what golden/schema.txt says, on either engine', async () => {
    await expect(await dump(database)).toMatchFileSnapshot('golden/schema.txt')
  })

  it('is refused if a newer version, or another history, has made it', async () => {
    await database.query(`insert into chiron_migrations (tag, hash) values ('9999_newer', 'x')`)
    await expect(migrate(database)).rejects.toThrow(/9999_newer.*does not have/)
    await database.query(`delete from chiron_migrations where tag = '9999_newer'`)

    const [first] = await database.query<{ tag: string; hash: string }>(
      'select tag, hash from chiron_migrations order by tag',
    )
    await database.query(`update chiron_migrations set hash = 'another' where tag = $1`, [first!.tag])
    await expect(migrate(database)).rejects.toThrow(new RegExp(`${first!.tag}.*does not have in this form`))
    await database.query(`update chiron_migrations set hash = $2 where tag = $1`, [first!.tag, first!.hash])
    expect(await migrate(database)).toEqual([])
  })

  it('refuses inconsistent rows', async () => {
    const { id } = (
      await database.query<{ id: string }>(
        `insert into studies (name, spec, digest, counters) values ('s', '{}', 'd', '{}') returning id`,
      )
    )[0]!
    const trial = (columns: string, values: string) => () =>
      database.query(
        `insert into trials (study_id, params, params_key, proposal, ${columns}) values ('${id}', '{}', '', '{}', ${values})`,
      )
    await trial('number, state', `0, 'ready'`)()
    await expect(trial('number, state', `0, 'ready'`)(), 'a number twice').rejects.toThrow(
      /trials_study_id_number_pk/,
    )
    await expect(trial('number, state', `1, 'asleep'`)()).rejects.toThrow(/trials_state/)
    await expect(trial('number, state', `1, 'running'`)(), 'running under no token').rejects.toThrow(
      /trials_lease/,
    )
    await expect(trial('number, state', `1, 'failed'`)(), 'failed without a reason').rejects.toThrow(
      /trials_failure/,
    )
    await expect(
      trial('number, state, failure, value', `1, 'failed', 'oom', 100`)(),
      'a penalty',
    ).rejects.toThrow(/trials_value/)
  })
})

describe('the migrations', () => {
  it('are what the tables say: npx drizzle-kit generate has nothing to add', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'chiron-migrations-'))
    await cp(fromRoot('migrations'), copy, { recursive: true })
    const root = fromRoot('.')
    const said = execFileSync(
      process.execPath,
      [
        fromRoot('node_modules/drizzle-kit/bin.cjs'),
        'generate',
        '--dialect=postgresql',
        '--schema=src/storage/tables.ts',
        `--out=${relative(root, copy)}`,
      ],
      { cwd: root, encoding: 'utf8' },
    )
    expect(said).toContain('No schema changes')
    expect(await readdir(copy)).toEqual(await readdir(fromRoot('migrations')))
    await rm(copy, { recursive: true })
  })
})

/** Tables, columns, constraints and indexes as the catalogue knows them: a text that people can compare. */
async function dump(database: Database): Promise<string> {
  const tables = await database.query<{ oid: string; name: string }>(
    `select c.oid::text, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind = 'r' order by c.relname`,
  )
  const parts = await Promise.all(
    tables.map(async ({ oid, name }) => [`table ${name}`, ...(await lines(database, oid))].join('\n  ')),
  )
  return `${parts.join('\n\n')}\n`
}

async function lines(database: Database, table: string): Promise<string[]> {
  const read = async (statement: string) =>
    (await database.query<{ line: string }>(statement, [table])).map(({ line }) => line)
  return [
    ...(await read(
      `select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
                        'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
         from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = $1::text::oid and a.attnum > 0 and not a.attisdropped order by a.attname`,
    )),
    ...(await read(
      `select concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid)) as line from pg_constraint
        where conrelid = $1::text::oid and contype <> 'n' order by conname`,
    )),
    ...(await read(
      `select replace(pg_get_indexdef(indexrelid), 'public.', '') as line from pg_index
        where indrelid = $1::text::oid order by line`,
    )),
  ]
}
