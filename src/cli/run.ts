/** Creates the study that a file describes, follows it until it is over, and says what was found. */
import { readFile } from 'node:fs/promises'
import closeWithGrace from 'close-with-grace'
import pc from 'picocolors'
import pino from 'pino'
import { readConfig } from '../config.js'
import { Fault } from '../faults.js'
import { startService } from '../service.js'
import { type Api, openApi } from './api.js'
import { Screen } from './screen.js'
import { type Event, StudyView, type Summary } from './study-view.js'

export interface RunOptions {
  readonly server?: string
}

export async function run(file: string, options: RunOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const spec = await readSpec(file)
  const { api, url, close } = await reach(options, env)
  try {
    const { name, trainer } = await api.post<{ name: string; trainer?: string }>('/studies', spec)
    if (trainer === undefined)
      console.log(`${name} names no trainer: it waits for workers of your own at ${url}/studies/${name}/ask`)
    await follow(api, name)
  } finally {
    await close()
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
    return { api: openApi(server, env.CHIRON_TOKEN), url: server, close: async () => {} }
  const config = readConfig({ LOG_LEVEL: 'error', ...env })
  const service = await startService(config, pino({ level: config.logLevel, base: null }))
  const url = await service.app.listen({ host: config.host, port: config.port })
  const stop = closeWithGrace({ delay: 10_000 }, () => service.close())
  const close = async () => {
    stop.uninstall()
    await service.close()
  }
  return { api: openApi(url, config.token), url, close }
}

const LOOK_MS = 1000

async function follow(api: Api, name: string): Promise<void> {
  const screen = new Screen()
  const view = new StudyView(name)
  const look = async () => view.sum(await api.get<Summary>(`/studies/${name}/summary`))
  await look()
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS)
  try {
    for await (const event of api.events<Event>(`/studies/${name}/events`)) {
      const news = view.hear(event)
      if (news !== null && !screen.live) console.log(news)
      screen.draw(view.lines())
      if (event.kind === 'finished' && (await isOver(api, name))) break
    }
  } finally {
    clearInterval(timer)
  }
  await look()
  screen.draw(view.lines(), true)
  console.log(`\n${view.conclusion().join('\n')}`)
  console.log(pc.dim(`chiron export ${name} writes its trials; run the same file again to see this again`))
}

/** A study that was given another budget goes on after its log has said that it was finished. */
async function isOver(api: Api, name: string): Promise<boolean> {
  return (await api.get<Summary>(`/studies/${name}/summary`)).state === 'finished'
}
