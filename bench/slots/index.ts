/**
 * `slots`: how busy slots are while an agent edits. A study with sixteen slots runs a task that sleeps; a server in the place of the
 * model answers after a while, each time with another program. Beside it: edits that are asked for ahead.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openCache } from '../cache.js'
import { type Client, client } from '../service/client.js'
import { startServer } from '../service/server.js'
import type { Bench, Measurement, Subject } from '../subject.js'
import { serveSleepyModel } from './model.js'
import { SLEEPER, writeSleeper } from './sleeper.js'

export const slots: Subject = {
  name: 'slots',
  about: 'how busy sixteen slots are while an agent edits, with and without edits that are asked for ahead',
  measure,
}

interface Case {
  readonly slots: number
  readonly sleepSeconds: number
  readonly answerMs: number
  readonly ahead: boolean
  /** A slot runs so many trials. */
  readonly rounds: number
}

interface Found extends Case {
  readonly trials: number
  /** From the first start of an edited trial to the last start. */
  readonly wallSeconds: number
  /** The time of trials in it, over that of all slots. */
  readonly busy: number
  readonly processorSeconds: number
  readonly samePrograms: number
  /** Of the prompts that were written while something ran: those that name it. */
  readonly promptsThatName: number
}

const SLOTS = 16

async function measure({ quick, resume, say }: Bench): Promise<Measurement> {
  const cache = openCache(resume)
  const lengths = quick ? [2] : [2, 10, 30]
  const found: Found[] = []
  for (const sleepSeconds of lengths)
    for (const ahead of [false, true]) {
      const given = { slots: quick ? 4 : SLOTS, sleepSeconds, answerMs: 200, ahead, rounds: 6 }
      const key = { subject: 'slots', given }
      const known = cache.get<Found>(key)
      if (known === undefined) say(`slots: trials of ${sleepSeconds} s, ${ahead ? 'ahead' : 'not ahead'}`)
      found.push(known ?? (await measureCase(given)))
      cache.put(key, found.at(-1))
    }
  return {
    tables: [tableOf(found)],
    pictures: {},
    versions: {},
    missing: [],
    rows: found,
    raw: found,
  }
}

async function measureCase(given: Case): Promise<Found> {
  const { slots, sleepSeconds, answerMs, ahead, rounds } = given
  const folder = mkdtempSync(join(tmpdir(), 'chiron-slots-'))
  writeSleeper(folder, sleepSeconds)
  const model = await serveSleepyModel(answerMs)
  const server = await startServer(undefined, {
    CHIRON_TRAINERS: folder,
    CHIRON_CPU_SLOTS: String(slots),
    OPENAI_BASE_URL: `${model.url}/v1`,
  })
  const http = client(server.url, 4)
  try {
    await http.post('/studies', {
      name: 'slots',
      trainer: SLEEPER,
      objective: { metric: 'loss' },
      method: { agent: { model: 'openai-compatible:sleepy', keep: 'lower', ahead } },
      budget: { trials: 1 + slots * rounds },
      parallel: slots,
    })
    await untilFinished(http)
    return {
      ...given,
      ...(await readFigures(http, given, model.named())),
      processorSeconds: server.processorSeconds(),
    }
  } finally {
    http.close()
    await server.stop()
    await model.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function untilFinished(http: Client): Promise<void> {
  while ((await http.get<{ state: string }>('/studies/slots')).state !== 'finished') await setTimeout(500)
}

interface Timeline {
  readonly columns: Readonly<Record<string, { readonly values: readonly number[] }>>
}

/** Until the last start every slot has something to do; after it slots end one by one, because the budget ends. */
async function readFigures(http: Client, { slots }: Case, promptsThatName: number) {
  const timeline = await http.get<Timeline>('/studies/slots/timeline')
  const column = (name: string) => timeline.columns[name]!.values
  const [numbers, leased, ended] = [column('number'), column('leasedAt'), column('endedAt')]
  const edited = numbers.flatMap((number, i) => (number > 0 ? [{ start: leased[i]!, end: ended[i]! }] : []))
  const starts = edited.map(({ start }) => start)
  const [from, to] = [Math.min(...starts), Math.max(...starts)]
  const inside = edited.map(({ start, end }) => Math.min(end, to) - start)
  const { programs } = await http.get<{ programs: { normal: string }[] }>('/studies/slots/programs')
  return {
    trials: edited.length,
    wallSeconds: (to - from) / 1000,
    busy: inside.reduce((sum, one) => sum + one, 0) / (slots * (to - from)),
    samePrograms: programs.length - new Set(programs.map(({ normal }) => normal)).size,
    promptsThatName,
  }
}

function tableOf(found: readonly Found[]) {
  return {
    title: `slots: ${found[0]!.slots} slots, a model that answers after ${found[0]!.answerMs} ms`,
    columns: [
      'a trial sleeps',
      'ahead',
      'trials',
      'seconds',
      'slots busy',
      'equal programs',
      'prompts that name what runs',
      'processor seconds of the server',
    ],
    rows: found.map((one) => [
      `${one.sleepSeconds} s`,
      one.ahead ? 'yes' : 'no',
      String(one.trials),
      one.wallSeconds.toFixed(1),
      `${(100 * one.busy).toFixed(1)} %`,
      String(one.samePrograms),
      `${(100 * one.promptsThatName).toFixed(0)} %`,
      one.processorSeconds.toFixed(1),
    ]),
    notes: [
      'Busy: the time of trials over that of all slots, from the first start of an edited trial to the last start of one. A trial’s time is ' +
        'that from its lease to its tell, with the start of its process. Each trial is also two processes of Python before it: its inspection ' +
        'and its run of seconds.',
    ],
  }
}
