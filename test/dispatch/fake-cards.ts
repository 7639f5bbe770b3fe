/**
 * Scripts named nvidia-smi and dmesg that stand for the driver and the kernel log, since most machines that run these tests have no
 * card. What they answer is changed while the service runs.
 */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, uptime } from 'node:os'
import { join } from 'node:path'

/** By the names of nvidia-smi's fields. */
export type FakeCard = Readonly<Record<string, string | number>>

interface State {
  readonly cards: readonly FakeCard[]
  /** uuid, pid, MiB, name. */
  readonly processes: readonly (readonly (string | number)[])[]
  readonly kernel: readonly string[]
  /** What nvidia-smi fails with. */
  readonly dead?: string
  /** nvidia-smi does not answer until this is otherwise. */
  readonly hangs?: boolean
}

const PROGRAM = `#!/usr/bin/env -S python3 -I -S
import json, os, sys, time
read = lambda: json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "state.json")))
state = read()
if os.path.basename(__file__) == "dmesg":
    print("\\n".join(state["kernel"]))
    sys.exit()
while state.get("hangs"):
    time.sleep(0.1)
    state = read()
if "dead" in state:
    sys.exit(state["dead"])
words = sys.argv[1:]
chosen = words[words.index("-i") + 1].split(",") if "-i" in words else None
if words[0].startswith("--query-gpu="):
    fields = words[0].split("=")[1].split(",")
    for card in state["cards"]:
        if chosen is None or str(card["index"]) in chosen:
            print(", ".join(str(card.get(field, "[N/A]")) for field in fields))
elif words[0].startswith("--query-compute-apps="):
    for process in state["processes"]:
        print(", ".join(map(str, process)))
`

export class FakeCards {
  readonly folder = mkdtempSync(join(tmpdir(), 'chiron-cards-'))
  private readonly path = process.env.PATH
  private state: State

  /** From now on the PATH begins with the two scripts. */
  constructor(readonly count: number) {
    const cards = Array.from({ length: count }, (_, index) => healthyCard(index))
    this.state = { cards, processes: [], kernel: [] }
    this.write('state.json', this.state)
    for (const name of ['nvidia-smi', 'dmesg']) {
      writeFileSync(join(this.folder, name), PROGRAM)
      chmodSync(join(this.folder, name), 0o755)
    }
    process.env.PATH = `${this.folder}:${this.path}`
  }

  set(changes: Partial<State>): void {
    this.state = { ...this.state, ...changes }
    this.write('state.json', this.state)
  }

  setCard(index: number, changes: FakeCard): void {
    this.set({ cards: this.with(index, changes) })
  }

  with(index: number, changes: FakeCard): readonly FakeCard[] {
    return this.state.cards.map((card, i) => (i === index ? { ...card, ...changes } : card))
  }

  without(index: number): readonly FakeCard[] {
    return this.state.cards.filter((_, i) => i !== index)
  }

  healthy(): void {
    const cards = Array.from({ length: this.count }, (_, index) => healthyCard(index))
    this.state = { cards, processes: [], kernel: this.state.kernel }
    this.write('state.json', this.state)
  }

  /** A trainer makes this the state by `os.replace`: Python that does so. */
  later(changes: Partial<State>): string {
    this.write('next.json', { ...this.state, ...changes })
    const place = (name: string) => JSON.stringify(join(this.folder, name))
    return `os.replace(${place('next.json')}, ${place('state.json')})`
  }

  /** A line of the kernel log, as of now. */
  xid(index: number, code: number, text: string): string {
    return `[${uptime().toFixed(6)}] NVRM: Xid (PCI:0000:${bus(index)}:00): ${code}, pid='<unknown>', name=<unknown>, ${text}`
  }

  get kernel(): readonly string[] {
    return this.state.kernel
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  remove(): void {
    process.env.PATH = this.path
    rmSync(this.folder, { recursive: true })
  }

  private write(name: string, state: State): void {
    writeFileSync(join(this.folder, 'part'), JSON.stringify(state))
    renameSync(join(this.folder, 'part'), join(this.folder, name))
  }
}

function bus(index: number): string {
  return (0x3b + index).toString(16)
}

function healthyCard(index: number): FakeCard {
  return {
    index,
    uuid: `GPU-${index}`,
    'pci.bus_id': `00000000:${bus(index).toUpperCase()}:00.0`,
    name: 'NVIDIA H200',
    driver_version: '570.86',
    'memory.total': 143771,
    'memory.used': 4,
    'temperature.gpu': 35,
    'clocks.sm': 1980,
    'clocks_throttle_reasons.active': '0x0000000000000000',
    'ecc.errors.uncorrected.volatile.total': 0,
  }
}
