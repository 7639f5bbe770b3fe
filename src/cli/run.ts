/** Creates the study that a file describes, follows it until it is over, and says what was found. */
import { readFile } from 'node:fs/promises'
import pc from 'picocolors'
import pino from 'pino'
import { readConfig } from '../config.js'
import { openServiceClient, type ServiceClient } from '../dispatch/clients/service-client.js'
import { Fault } from '../faults.js'
import { startService } from '../service.js'
import { INTERRUPTED, interrupt } from './interrupt.js'
import { type Event, StudyView, type Summary } from './study-view.js'
import { Screen } from './terminal-screen.js'

export interface RunOptions {
  readonly server?: string
}

export async function run(file: string, options: RunOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const spec = await readSpec(file)
  const { api, url, close } = await reach(options, env)
  const { signal, release } = interrupt()
  try {
    const { name, trainer } = await api.post<{ name: string; trainer?: string }>('/studies', spec)
    if (trainer === undefined)
      console.log(`${name} names no trainer: it waits for workers of your own at ${url}/studies/${name}/ask`)
    const isOver = await follow(api, name, signal)
    if (isOver) return
    const again = 'run the same file again to follow it'
    if (!signal.aborted) throw new Fault('not_found', `${url} is gone before ${name} was over: ${again}`)
    const stands = options.server === undefined ? 'stops here and loses nothing' : `goes on at ${url}`
    console.log(`\n${name} ${stands}: ${again}`)
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

/** The service that is named, or one of our own, on the data that `chiron serve` would use. */
async function reach({ server }: RunOptions, env: NodeJS.ProcessEnv) {
  if (server !== undefined)
    return { api: openServiceClient(server, env.CHIRON_TOKEN), url: server, close: async () => {} }
  const config = readConfig({ LOG_LEVEL: 'error', ...env })
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  const url = await service.app.listen({ host: config.host, port: config.port })
  return { api: openServiceClient(url, config.token), url, close: () => service.close() }
}

const LOOK_MS = 1000

/** Says whether it came to its end, rather than somebody to theirs. */
async function follow(api: ServiceClient, name: string, signal: AbortSignal): Promise<boolean> {
  const screen = new Screen()
  const view = new StudyView(name)
  const look = async () => view.sum(await api.get<Summary>(`/studies/${name}/summary`))
  await look()
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS)
  try {
    if (!(await watch(api, name, view, screen, signal))) return false
  } finally {
    clearInterval(timer)
  }
  await look()
  screen.draw(view.lines(), true)
  console.log(`\n${view.conclusion().join('\n')}`)
  console.log(pc.dim(`while a service runs (chiron serve), chiron export ${name} writes its trials`))
  return true
}

async function watch(api: ServiceClient, name: string, view: StudyView, screen: Screen, signal: AbortSignal) {
  try {
    for await (const event of api.events<Event>(`/studies/${name}/events`, signal)) {
      const news = view.hear(event)
      if (news !== null && !screen.live) console.log(news)
      screen.draw(view.lines())
      if (event.kind === 'finished' && (await isOver(api, name))) return true
    }
  } catch (error) {
    if (!signal.aborted && !isGone(error)) throw error
  }
  return false
}

function isGone(error: unknown): boolean {
  return error instanceof Fault && error.code === 'service_unreachable'
}

/** A study that was given another budget goes on after its log has said that it was finished. */
async function isOver(api: ServiceClient, name: string): Promise<boolean> {
  return (await api.get<Summary>(`/studies/${name}/summary`)).state === 'finished'
}
