/** `chiron program`: lists, shows, compares and exports the programs that a study's agent has written. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import type { StoredProgram } from '../domain/program.js'
import { Fault } from '../faults.js'
import type { ProgramView } from '../studies/programs.js'
import { formatValue } from './study-view.js'
import { type Column, tableLines } from './table.js'
import { printable } from './terminal-text.js'

interface Server {
  readonly server: string
}

const SHORT = 10

const COLUMNS: readonly Column<ProgramView>[] = [
  { head: 'program', isText: true, cell: ({ hash }) => hash.slice(0, SHORT) },
  { head: 'parent', isText: true, cell: ({ parent }) => parent?.slice(0, SHORT) ?? '-' },
  { head: 'trial', cell: ({ number }) => String(number) },
  { head: 'status', isText: true, cell: ({ status }) => status },
  { head: 'value', cell: ({ value }) => (value === null ? '-' : formatValue(value)) },
  { head: 'runs', cell: ({ runs }) => String(runs.length) },
  { head: 'lines', cell: ({ linesChanged }) => String(linesChanged) },
  { head: 'category', isText: true, cell: ({ category }) => printable(category) },
  { head: 'description', isText: true, cell: ({ description }) => printable(description).slice(0, 70) },
]

export async function printPrograms(
  study: string,
  { server }: Server,
  token: string | undefined,
): Promise<void> {
  const programs = await listOf(openServiceClient(server, token), study)
  console.log(tableLines(COLUMNS, programs).join('\n'))
}

export async function printProgram(
  study: string,
  hash: string | undefined,
  { server }: Server,
  token: string | undefined,
): Promise<void> {
  const api = openServiceClient(server, token)
  const { files } = await sourceOf(api, study, hash ?? keptOf(await listOf(api, study), study).at(-1)!.hash)
  const entries = Object.entries(files)
  for (const [path, text] of entries) {
    if (entries.length > 1) console.log(`=== ${path}`)
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }
}

export async function printDiff(
  study: string,
  hash: string,
  { server, from }: Server & { readonly from?: string },
  token: string | undefined,
): Promise<void> {
  const api = openServiceClient(server, token)
  const base = from === 'baseline' ? (await listOf(api, study))[0]!.hash : from
  const query = base === undefined ? '' : `?from=${encodeURIComponent(base)}`
  const { diff } = await api.get<{ diff: string }>(
    `${pathOf(study)}/${encodeURIComponent(hash)}/diff${query}`,
  )
  process.stdout.write(diff === '' ? 'The two programs are equal.\n' : diff)
}

/** One commit for each kept program, the baseline first, on a branch of its own. */
export async function exportPrograms(
  study: string,
  folder: string,
  { server, branch }: Server & { readonly branch: string },
  token: string | undefined,
): Promise<void> {
  const api = openServiceClient(server, token)
  const kept = keptOf(await listOf(api, study), study)
  const place = resolve(folder)
  const isNew = !existsSync(place)
  if (!isNew && !existsSync(join(place, '.git')))
    throw new Fault(
      'invalid_request',
      `${folder} is there and is no git repository: name a folder that does not exist yet`,
    )
  if (isNew) {
    await mkdir(place, { recursive: true })
    await git(place, 'init', '--quiet')
  }
  if (await hasBranch(place, branch))
    throw new Fault(
      'invalid_request',
      `${folder} has a branch ${branch} already: name another one with --branch`,
    )
  // A work tree of its own, so that nothing that lies in the repository is touched.
  const tree = await mkdtemp(join(tmpdir(), 'chiron-export-'))
  try {
    const steps = await Promise.all(
      kept.map(async (one) => ({ one, files: (await sourceOf(api, study, one.hash)).files })),
    )
    await commitAll(place, tree, branch, steps)
    if (isNew) await git(place, 'checkout', '--quiet', branch)
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
  console.log(`${kept.length} programs are commits of the branch ${branch} in ${folder}: git log ${branch}`)
}

async function commitAll(
  repository: string,
  tree: string,
  branch: string,
  steps: readonly { readonly one: ProgramView; readonly files: StoredProgram['files'] }[],
): Promise<void> {
  const environment = {
    GIT_DIR: join(repository, '.git'),
    GIT_WORK_TREE: tree,
    GIT_INDEX_FILE: join(tree, '.chiron-index'),
  }
  let parent: string | undefined
  for (const { one, files } of steps) {
    await writeFiles(tree, files)
    await gitWith(environment, 'add', '--force', '--', ...Object.keys(files))
    const written = await gitWith(environment, 'write-tree')
    const words = [
      'commit-tree',
      written,
      '-m',
      messageOf(one),
      ...(parent === undefined ? [] : ['-p', parent]),
    ]
    parent = await gitWith({ ...environment, ...AUTHOR }, ...words)
  }
  await gitWith(environment, 'branch', branch, parent!)
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'chiron',
  GIT_AUTHOR_EMAIL: 'chiron@localhost',
  GIT_COMMITTER_NAME: 'chiron',
  GIT_COMMITTER_EMAIL: 'chiron@localhost',
}

function messageOf({ description, value, number, hash, because, model }: ProgramView): string {
  return [
    printable(description).slice(0, 200) || 'An edit without a description',
    '',
    `Value ${value === null ? 'unknown' : formatValue(value)}, trial ${number}${model === null ? '' : `, by ${model}`}`,
    ...(because === null ? [] : [`Kept: ${because}`]),
    `Program ${hash}`,
  ].join('\n')
}

async function writeFiles(folder: string, files: StoredProgram['files']): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

async function hasBranch(folder: string, branch: string): Promise<boolean> {
  return git(folder, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).then(
    () => true,
    () => false,
  )
}

function git(folder: string, ...words: string[]): Promise<string> {
  return run(['-C', folder, ...words], {})
}

function gitWith(environment: Record<string, string>, ...words: string[]): Promise<string> {
  return run(words, environment)
}

async function run(words: readonly string[], environment: Record<string, string>): Promise<string> {
  const options = { env: { ...process.env, ...environment }, cwd: environment.GIT_WORK_TREE }
  const { stdout } = await promisify(execFile)('git', [...words], options)
  return stdout.trim()
}

function pathOf(study: string): string {
  return `/studies/${encodeURIComponent(study)}/programs`
}

async function listOf(api: ServiceClient, study: string): Promise<ProgramView[]> {
  const { programs } = await api.get<{ programs: ProgramView[] }>(pathOf(study))
  if (programs.length > 0) return programs
  throw new Fault('no_agent', `No agent edits programs in ${study}`)
}

function sourceOf(api: ServiceClient, study: string, hash: string): Promise<StoredProgram> {
  return api.get<StoredProgram>(`${pathOf(study)}/${encodeURIComponent(hash)}`)
}

function keptOf(programs: readonly ProgramView[], study: string): ProgramView[] {
  const kept = programs.filter(({ status }) => status === 'kept')
  if (kept.length > 0) return kept
  throw new Fault('program_not_found', `${study} has not kept a program yet: its baseline has not run`)
}
