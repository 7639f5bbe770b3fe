/** A folder of trainer profiles for a test, whose trainers are small Python scripts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { Body, TestService } from '../service/service.js'

export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'chiron-trainers-'))

  script(name: string, source: string, mode = 0o644): void {
    writeFileSync(join(this.folder, name), source, { mode })
  }

  /** A profile of a script train.py in this folder, unless said otherwise. */
  profile(name: string, more: Record<string, unknown> = {}): void {
    const profile = {
      name,
      description: 'of a test',
      kind: 'process',
      space: { parameters: { x: { type: 'float', low: 0, high: 1 } } },
      folder: '.',
      files: ['train.py'],
      command: ['python3', 'train.py'],
      budgetSeconds: 1,
      graceSeconds: 120,
      stopSeconds: 0.5,
      devices: { kind: 'cpu' },
      ...more,
    }
    writeFileSync(join(this.folder, `${name}.json`), JSON.stringify(profile))
  }

  /** A profile of the simulated card, so many times as fast as the real one. */
  simulated(name: string, speed: number): void {
    const profile = {
      name,
      description: 'of a test',
      kind: 'simulated',
      space: 'autoresearch-14',
      memoryLimitGb: 76,
      speed,
    }
    writeFileSync(join(this.folder, `${name}.json`), JSON.stringify(profile))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Until a study is over; its trials by number. */
export async function finished(service: TestService, study: string): Promise<Body[]> {
  await vi.waitFor(
    async () => {
      const { body } = await service.get(`/studies/${study}`)
      if (body.state !== 'finished' || body.trials.running + body.trials.ready > 0)
        throw new Error(`still at it: ${JSON.stringify(body.trials)}`)
    },
    { timeout: 200_000, interval: 200 },
  )
  const { body } = await service.get(`/studies/${study}/trials?limit=1000`)
  return body.trials
}

/** Processes of anybody that have this text in their environment or command line. */
export async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const files = ['environ', 'cmdline'].map((name) =>
        readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => ''),
      )
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z')
      const ended = stat.split(') ').at(-1)!.startsWith('Z')
      return !ended && (await Promise.all(files)).join().includes(text) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}
