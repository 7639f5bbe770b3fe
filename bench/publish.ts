/** What a subject found, on stdout and in files: tables with where and with what they were measured, pictures, JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machine } from './machine.js'
import type { Measurement } from './subject.js'
import { markdown } from './table.js'

export function publish(name: string, measurement: Measurement, folder: string, command: string): void {
  const { tables, pictures, versions, missing, rows, raw } = measurement
  const date = new Date().toISOString().slice(0, 10)
  const about = { subject: name, date, machine: machine(), versions, command }
  const text = [...tables.map(markdown), missingOf(measurement), groundOf(about)].filter(Boolean).join('\n')
  console.log(text)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.md`), text)
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ ...about, missing, rows, raw })}\n`)
  for (const [file, svg] of Object.entries(pictures)) writeFileSync(join(folder, `${file}.svg`), svg)
}

function missingOf({ missing }: Measurement): string {
  if (missing.length === 0) return ''
  return ['Missing:', '', ...missing.map(({ row, because }) => `- ${row}: ${because}`), ''].join('\n')
}

interface About {
  readonly date: string
  readonly machine: ReturnType<typeof machine>
  readonly versions: Readonly<Record<string, string>>
  readonly command: string
}

function groundOf({ date, machine, versions, command }: About): string {
  const { cpu, cores, memoryGb, load, platform, node } = machine
  const packages = Object.entries({ node, ...versions }).map(([name, version]) => `${name} ${version}`)
  return `Measured on ${date} by \`${command}\` on ${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, load ${load}: ${packages.join(', ')}.\n`
}
