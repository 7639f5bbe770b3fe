/** Checks of the machine and of the services around it: Node, database, memory, Ray, keys of language models. */
import { freemem, totalmem } from 'node:os'
import type { Config } from '../../config.js'
import { openDatabase } from '../../storage/open.js'
import type { Finding } from './finding.js'

const NODE = [20, 19]
const LITTLE_GIB = 2
const GIB = 2 ** 30

export function nodeFinding(version: string): Finding {
  const [major, minor] = version.split('.').map(Number)
  const newEnough = major! > NODE[0]! || (major === NODE[0] && minor! >= NODE[1]!)
  if (newEnough) return { what: 'Node', is: 'fine', says: version }
  return {
    what: 'Node',
    is: 'wrong',
    says: `${version} is too old`,
    todo: `install Node ${NODE.join('.')} or newer`,
  }
}

export async function databaseFinding(config: Config): Promise<Finding> {
  const where = config.databaseUrl === undefined ? `PGlite in ${config.dataDir}` : 'Postgres'
  try {
    const opened = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir, pool: 2 })
    await opened.query('select 1')
    await opened.close()
    return { what: 'database', is: 'fine', says: `${where} answers` }
  } catch (error) {
    const says = (error as Error).message
    if (says.includes('Another process uses'))
      return { what: 'database', is: 'fine', says: `${where} is in use by a service` }
    return {
      what: 'database',
      is: 'wrong',
      says,
      todo: 'correct DATABASE_URL, or leave it out for the embedded database',
    }
  }
}

export function memoryFinding(): Finding {
  const [free, all] = [freemem() / GIB, totalmem() / GIB]
  const says = `${free.toFixed(1)} of ${all.toFixed(1)} GiB are free`
  if (free >= LITTLE_GIB) return { what: 'memory', is: 'fine', says }
  return {
    what: 'memory',
    is: 'note',
    says,
    todo: 'stop other processes, or run fewer trials at a time (CHIRON_CPU_SLOTS)',
  }
}

export async function rayFinding(address: string | undefined): Promise<Finding> {
  if (address === undefined)
    return {
      what: 'Ray',
      is: 'note',
      says: 'RAY_ADDRESS is not set',
      todo: 'only trainers whose engine is ray need it',
    }
  const answer = await fetch(`${address.replace(/\/$/, '')}/api/version`, {
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined)
  if (answer?.ok)
    return {
      what: 'Ray',
      is: 'fine',
      says: `${((await answer.json()) as { ray_version: string }).ray_version} at ${address}`,
    }
  return {
    what: 'Ray',
    is: 'wrong',
    says: `nothing answers at ${address}`,
    todo: 'set RAY_ADDRESS to the address of the dashboard, such as http://head:8265',
  }
}

/** Reports whether the keys are set, never their values. */
export function keyFindings(env: NodeJS.ProcessEnv): Finding[] {
  return ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'].map((name) =>
    env[name]
      ? { what: 'LLM', is: 'fine', says: `${name} is set` }
      : {
          what: 'LLM',
          is: 'note',
          says: `${name} is not set`,
          todo: 'only methods whose advisor is a language model need one',
        },
  )
}
