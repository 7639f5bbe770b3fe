/** A real Ray of one node, on ports of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import { processesWith } from './workshop.js'

export class RayCluster {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly address: string,
  ) {}

  static async start(python: string, cpus: number): Promise<RayCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'ray-'))
    const [gcs, dashboard, agent, agentGrpc, client] = await freePorts(5)
    const words = [
      'start',
      '--head',
      '--block',
      '--disable-usage-stats',
      '--include-dashboard=true',
      '--num-gpus=0',
      `--num-cpus=${cpus}`,
      `--temp-dir=${folder}`,
      '--dashboard-host=127.0.0.1',
      `--port=${gcs}`,
      `--dashboard-port=${dashboard}`,
      `--dashboard-agent-listen-port=${agent}`,
      `--dashboard-agent-grpc-port=${agentGrpc}`,
      `--ray-client-server-port=${client}`,
    ]
    // Ray demands a token of callers where an earlier Ray of this user has left one in the home folder.
    const env = { ...process.env, RAY_AUTH_MODE: 'disabled' }
    const child = spawn(join(dirname(python), 'ray'), words, { stdio: 'ignore', env })
    const cluster = new RayCluster(child, folder, `http://127.0.0.1:${dashboard}`)
    const answers = async () => {
      if (!(await fetch(`${cluster.address}/api/jobs/`)).ok) throw new Error('not yet')
    }
    await vi.waitFor(answers, { timeout: 120_000, interval: 500 })
    return cluster
  }

  async job(id: string): Promise<{ status: string }> {
    return (await fetch(`${this.address}/api/jobs/${id}`)).json() as Promise<{ status: string }>
  }

  /** The processes by which Ray runs jobs: children of this cluster's raylet, and of no other's on the machine. */
  async supervisors(): Promise<number[]> {
    const own = new Set(await processesWith(this.folder))
    const all = await processesWith('JobSupervisor')
    const parents = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1')))
    return all.filter((_, i) => own.has(Number(parents[i]!.split(') ').at(-1)!.split(' ')[1])))
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await ended
    for (const pid of await processesWith(this.folder)) process.kill(pid, 'SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
