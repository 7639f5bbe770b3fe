/** `chiron run`: creates the study that a file describes, follows it until it is finished, and prints its results. */
import { readFile } from 'node:fs/promises'
import pc from 'picocolors'
import type { ServiceClient } from '../dispatch/clients/service-client.js'
import { Fault } from '../faults.js'
import { bestTrialLines, readBestTrials } from './best-trials.js'
import { connectOrStart } from './connect.js'
import { INTERRUPTED, listenForInterrupt } from './interrupt.js'
import { type Event, StudyView, type Summary } from './study-view.js'
import { Screen } from './terminal-screen.js'

export interface RunOptions {
  readonly server?: string
}

export async function runStudyFile(file: string, options: RunOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const spec = await readSpec(file)
  const { api, url, close } = await connectOrStart(options, env)
  const { signal, release } = listenForInterrupt()
  try {
    const { name, trainer } = await api.post<{ name: string; trainer?: string }>('/studies', spec)
    if (trainer === undefined)
      console.log(`${name} names no trainer: it waits for your own workers at ${url}/studies/${name}/ask`)
    const isOver = await followStudy(api, name, signal)
    if (isOver) return
    const again = 'run the same file again to follow it'
    if (!signal.aborted)
      throw new Fault('not_found', `${url} stopped answering before ${name} was finished: ${again}`)
    const state = options.server === undefined ? 'is stopped, and nothing is lost' : `continues at ${url}`
    console.log(`\n${name} ${state}: ${again}`)
    process.exitCode = INTERRUPTED
  } finally {
    await close()
    release()
  }
}

async function readSpec(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch (error) {
    throw new Fault('invalid_request', `${file} cannot be read as a study: ${(error as Error).message}`)
  }
}

const POLL_MS = 1000

/** Returns true if the study finished, false if the user or the server stopped first. */
async function followStudy(api: ServiceClient, name: string, signal: AbortSignal): Promise<boolean> {
  const screen = new Screen()
  const view = new StudyView(name)
  const refresh = async () => view.setSummary(await api.get<Summary>(`/studies/${name}/summary`))
  await refresh()
  const timer = setInterval(() => void refresh().catch(() => {}), POLL_MS)
  try {
    if (!(await watchEvents(api, name, view, screen, signal))) return false
  } finally {
    clearInterval(timer)
  }
  await refresh()
  screen.draw(view.lines(), true)
  const best = bestTrialLines(await readBestTrials(api, name))
  console.log(`\n${[...view.conclusionLines(), ...best].join('\n')}`)
  console.log(pc.dim(`to export its trials: start the service (chiron serve) and run chiron export ${name}`))
  return true
}

async function watchEvents(
  api: ServiceClient,
  name: string,
  view: StudyView,
  screen: Screen,
  signal: AbortSignal,
) {
  try {
    for await (const event of api.events<Event>(`/studies/${name}/events`, signal)) {
      const news = view.addEvent(event)
      if (news !== null && !screen.live) console.log(news)
      screen.draw(view.lines())
      if (event.kind === 'finished' && (await isOver(api, name))) return true
    }
  } catch (error) {
    if (!signal.aborted && !isCutConnection(error)) throw error
  }
  return false
}

/** The connection was cut, or the service is gone. */
function isCutConnection(error: unknown): boolean {
  return error instanceof Fault && error.code === 'service_unreachable'
}

/** Asks for the current state, because a study with a `finished` event may have continued with a new budget. */
async function isOver(api: ServiceClient, name: string): Promise<boolean> {
  return (await api.get<Summary>(`/studies/${name}/summary`)).state === 'finished'
}
