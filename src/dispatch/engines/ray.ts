/**
 * Runs trials on a Ray cluster through its Jobs API. The trials' folders must be on a file system that the cluster
 * shares with this machine, since parameters and results are files in them. Ray schedules the jobs on its own GPUs.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { JobFile, JobStage } from '../jobs/job-file.js'
import type { JobExit, JobFolder, TrialRecord } from '../jobs/job-folder.js'
import type { JobEngine, JobStatus } from './engine.js'

const TIMEOUT_MS = 30_000
const TAIL = 20_000

const jobSchema = z.looseObject({
  status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
  message: z.string().nullish(),
  driver_exit_code: z.number().nullish(),
})

export function rayEngine(address: string | undefined): JobEngine {
  const call = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    sendRequest(method, `${address!.replace(/\/$/, '')}/api/jobs/${path}`, body)
  const find = async (id: string) => {
    const answer = await call('GET', id)
    return answer.status === 404 ? undefined : jobSchema.parse(JSON.parse(requireAccepted(answer)))
  }

  return {
    /** Ray refuses a submission id that it knows, in which case the job was submitted before. */
    start: async (folder, trial) => {
      const id = submissionId(folder, trial)
      if (folder.has('exit.json') || (await find(id)) !== undefined) return
      const job = (await folder.read<JobFile>('job.json'))!
      await writeFile(folder.atPath('run.sh'), jobScript(folder, job))
      const { kind, perTrial } = trial.profile.devices
      const answer = await call('POST', '', {
        submission_id: id,
        entrypoint: `sh ${shellQuote(folder.atPath('run.sh'))}`,
        runtime_env: { env_vars: job.environment },
        ...(kind === 'cuda' ? { entrypoint_num_gpus: perTrial } : { entrypoint_num_cpus: perTrial }),
        metadata: { study: trial.study, trial: String(trial.number), attempt: String(trial.attempt) },
      })
      if (answer.status !== 200 && (await find(id)) === undefined) requireAccepted(answer)
    },

    status: async (folder, trial) => {
      const job = await find(submissionId(folder, trial))
      const exit = await folder.read<JobExit>('exit.json')
      if (exit !== undefined && job?.status !== 'STOPPED') return { is: 'ended', exit }
      return job === undefined
        ? { is: 'gone', why: 'the cluster does not know its job (was Ray restarted?)' }
        : statusOf(job)
    },

    stop: async (folder, trial) => {
      requireAccepted(await call('POST', `${submissionId(folder, trial)}/stop`))
    },

    tail: async (folder, trial) => {
      const answer = await call('GET', `${submissionId(folder, trial)}/logs`)
      return z
        .object({ logs: z.string() })
        .parse(JSON.parse(requireAccepted(answer)))
        .logs.slice(-TAIL)
    },

    tags: () => ({}),
  }
}

/** The attempt's id; an attempt whose job was lost with a node runs again under another one. */
function submissionId(folder: JobFolder, { study, number, attempt }: TrialRecord): string {
  let lost = 0
  while (existsSync(`${folder.path}.lost-${lost + 1}`)) lost++
  return `chiron-${study}-${number}-${attempt}${lost === 0 ? '' : `-again-${lost}`}`
}

function statusOf({ status, driver_exit_code, message }: z.output<typeof jobSchema>): JobStatus {
  if (status === 'PENDING' || status === 'RUNNING') return { is: 'running' }
  const exit = { stage: 'train', signal: null, seconds: {}, survivors: 0 }
  if (status === 'STOPPED') return { is: 'ended', exit: { ...exit, code: null, ended: 'stopped' } }
  if (typeof driver_exit_code !== 'number') return { is: 'gone', why: message ?? 'its node was lost' }
  return { is: 'ended', exit: { ...exit, code: driver_exit_code, ended: 'itself' } }
}

/**
 * Does in a shell, on any node, what bin/supervise.mjs does: runs the stages under their limits and writes exit.json.
 */
function jobScript(folder: JobFolder, { stages, stopSeconds, memoryBytes }: JobFile): string {
  const limitMemory = memoryBytes === undefined ? '' : `ulimit -v ${Math.ceil(memoryBytes / 1024)} && `
  return `#!/bin/sh
cd ${shellQuote(folder.work)} || exit 1
seconds=
ended=itself
stage() {
  name=$1 limit=$2 begun=$3 place=$4
  shift 4
  began=$(date +%s)
  (cd "$place" && ${limitMemory}exec timeout -k ${Math.ceil(stopSeconds)} "$limit" env "$@") &
  running=$!
  [ -z "$begun" ] || ring $running "$begun" &
  wait $running
  code=$?
  took=$(($(date +%s) - began))
  seconds="$seconds\${seconds:+,}\\"$name\\":$took"
  if [ $code -eq 124 ] || [ -e ../rung ] || { [ $code -eq 137 ] && [ $took -ge "$limit" ]; }; then ended=timeout; fi
  return $code
}
# Rings the alarm of a timeout so many seconds after the launcher has said that the training begins.
ring() {
  left=$2
  while [ $left -gt 0 ]; do
    [ ! -e begun ] || left=$((left - 1))
    sleep 1
    kill -0 $1 2>/dev/null || return
  done
  : > ../rung
  kill -ALRM $1
}
finish() {
  printf '{"stage":"%s","code":%d,"signal":null,"ended":"%s","seconds":{%s},"survivors":0}\\n' "$name" $code $ended "$seconds" > ../exit.json.part
  mv ../exit.json.part ../exit.json
  exit $code
}
${stages.map((stage) => stageLine(folder, stage)).join('\n')}
finish
`
}

function stageLine(folder: JobFolder, stage: JobStage): string {
  const { name, command, limitSeconds, begunSeconds, environment = {} } = stage
  const begun = begunSeconds === undefined ? '' : String(Math.ceil(begunSeconds))
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`)
  const words = [name, String(Math.ceil(limitSeconds)), begun, stage.folder ?? folder.work, ...variables]
  return `stage ${[...words, ...command].map(shellQuote).join(' ')} || finish`
}

function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Uses node:http because Ray takes the headers of fetch for those of a browser, and refuses them. */
async function sendRequest(method: string, url: string, body: unknown): Promise<Answer> {
  const { request } = url.startsWith('https:') ? https : http
  const asked = request(url, {
    method,
    timeout: TIMEOUT_MS,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
  })
  asked.on('timeout', () =>
    asked.destroy(
      new Error(`Ray did not answer at ${url} within ${TIMEOUT_MS / 1000} s: is RAY_ADDRESS its dashboard?`),
    ),
  )
  asked.end(body === undefined ? undefined : JSON.stringify(body))
  const [answer] = (await once(asked, 'response')) as [http.IncomingMessage]
  return { status: answer.statusCode!, text: await text(answer) }
}

function requireAccepted({ status, text }: Answer): string {
  if (status === 200) return text
  throw new Error(`Ray answered ${status}: ${text.slice(0, 1000)}`)
}
