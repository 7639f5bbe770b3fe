/** A trainer whose engine is confined, through the front door: what it sees, what it may, and how it ends. */
import { chmodSync, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { SANDBOX_USER } from '../../src/dispatch/sandbox/bubblewrap.js'
import { whyNoSandbox } from '../../src/dispatch/sandbox/probe.js'
import { databases } from '../postgres.js'
import { TestService } from '../service/service.js'
import { finished, processesWith, Workshop } from './workshop.js'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const lacks = await whyNoSandbox()
if (lacks !== undefined && process.env.CI) throw new Error(`The sandbox cannot be tested: ${lacks}`)

/** Tries what a confined process must not, and says what came of it as metrics. */
const TRAIN = `
import ctypes, json, os, pathlib, signal, socket, sys, time

def tries(act):
    try:
        return "done: " + str(act())
    except BaseException as error:
        return type(error).__name__

if sys.argv[4] == "waits":
    signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("asked").touch(), sys.exit(0)))
    pathlib.Path("waits").touch()
    time.sleep(100)

system = ctypes.CDLL(None, use_errno=True)

def refused(call, *arguments):
    done = system.syscall(call, *arguments)
    return done == -1 and ctypes.get_errno() == 1

# By number on x86-64 and arm64, with arguments that the kernel would take or refuse otherwise than by EPERM, where it has the call.
X64, ARM = 0, 1
CALLS = {
    "ptrace": (101, 117), "add_key": (248, 217), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "process_vm_readv": (310, 270), "kcmp": (312, 272), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "init_module": (175, 105),
    "delete_module": (176, 106), "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142),
    "open_by_handle_at": (304, 265), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432), "pidfd_getfd": (438, 438), "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
}
machine = {"x86_64": X64, "aarch64": ARM}.get(os.uname().machine)
allowed = [] if machine is None else [name for name, numbers in CALLS.items() if not refused(numbers[machine], -1, 0, 0, 0, 0)]
found = {
    "user": os.getuid(),
    "secret": os.environ.get("SECRET_KEY_OF_TEST", "none"),
    "processes": len([p for p in os.listdir("/proc") if p.isdigit()]),
    "home": tries(lambda: os.listdir(os.path.expanduser("~root"))),
    "system": tries(lambda: open("/usr/evil", "w")),
    "profile": tries(lambda: open(sys.argv[1] + "/sees.json").read()),
    "given": open(sys.argv[2] + "/given.txt").read(),
    "givenWritten": tries(lambda: open(sys.argv[2] + "/given.txt", "w")),
    "network": tries(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), 2)),
    "namespace": system.unshare(0x10000000),
    "allowedCalls": " ".join(allowed),
    "fork": tries(lambda: os.waitpid(os.fork() or os._exit(7), 0)[1]),
    "tmp": tries(lambda: open("/tmp/of-a-confined-trial", "w").write("x")),
}
json.dump({"value": 0.5, "metrics": found}, open("result.json", "w"))
`

describe.skipIf(lacks !== undefined)('a confined trainer', () => {
  const workshop = new Workshop()
  const others = new Workshop()
  const server = createServer((_, answer) => answer.end('service')).listen(0, '127.0.0.1')
  let service: TestService
  let dataDir: string
  beforeAll(async () => {
    process.env.SECRET_KEY_OF_TEST = 'of the service'
    workshop.script('train.py', TRAIN)
    others.script('given.txt', 'may be read')
    chmodSync(others.folder, 0o755)
    const port = String((server.address() as AddressInfo).port)
    for (const name of ['sees', 'waits'])
      workshop.profile(name, {
        engine: 'confined',
        command: ['python3', 'train.py', workshop.folder, others.folder, port, name],
        readable: [others.folder],
        stopSeconds: 20,
      })
    const place = await databases()[0]!.open()
    dataDir = place.dataDir!
    service = await new TestService(place, { trainers: workshop.folder, dataDir }).start()
  })
  afterAll(async () => {
    await service.close()
    server.close()
    workshop.remove()
    others.remove()
  })

  async function study(name: string): Promise<string> {
    const spec = { name, trainer: name, method: 'random', budget: { trials: 1 }, lease: { seconds: 3 } }
    const { body } = await service.post('/studies', spec)
    return body.id
  }

  it('sees the system, its own folder and what it is given, and no more', async () => {
    await study('sees')
    const [trial] = await finished(service, 'sees')
    expect(trial, trial.message).toMatchObject({ state: 'complete', value: 0.5 })
    expect(trial.metrics).toMatchObject({
      engine: 'confined',
      user: process.getuid?.() === 0 ? SANDBOX_USER : process.getuid!(),
      secret: 'none',
      home: 'FileNotFoundError',
      system: expect.stringMatching(/Error$/),
      profile: 'FileNotFoundError',
      given: 'may be read',
      givenWritten: expect.stringMatching(/Error$/),
      network: 'ConnectionRefusedError',
      namespace: -1,
      allowedCalls: '',
      fork: 'done: 1792',
      tmp: 'done: 1',
    })
    expect(trial.metrics.processes).toBeLessThan(6)
    expect(existsSync('/tmp/of-a-confined-trial')).toBe(false)
  })

  it('is asked to end when it is cancelled, and leaves nothing behind', async () => {
    const id = await study('waits')
    const work = join(dataDir, 'trials', id, '0-1', 'work')
    await vi.waitFor(() => stat(join(work, 'waits')), { timeout: 60_000, interval: 100 })
    await service.post('/studies/waits/trials/0/cancel')
    await vi.waitFor(() => stat(join(work, 'asked')), { timeout: 60_000, interval: 100 })
    await vi.waitFor(async () => expect(await processesWith(work)).toEqual([]), {
      timeout: 60_000,
      interval: 200,
    })
  })
})
