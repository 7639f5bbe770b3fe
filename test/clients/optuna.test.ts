/** `chiron import optuna` and `chiron export --format optuna`, against studies that the real Optuna writes and reads. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromRoot } from '../../src/root.js'
import { makeReady, ServerProcess } from '../service/server-process.js'
import { environment } from '../trainer/environment.js'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 900_000 })

const found = await environment('python-client', 'clients/python/tests/requirements.txt')
const python = 'python' in found ? found.python : ''

const WRITE = `
import optuna
def objective(trial):
    x, lr = trial.suggest_float("x", -5, 5), trial.suggest_float("lr", 1e-5, 1, log=True)
    n, step = trial.suggest_int("n", 1, 8), trial.suggest_float("step", 0, 1, step=0.25)
    act = trial.suggest_categorical("act", ["relu", None, 3])
    trial.report(x, 1)
    if trial.number == 2:
        raise optuna.TrialPruned()
    if trial.number == 3:
        raise ValueError
    return float("inf") if trial.number == 4 else -x * x - lr
study = optuna.create_study(study_name="old", storage="sqlite:///old.db", direction="maximize")
study.optimize(objective, n_trials=9, catch=ValueError)
other = optuna.create_study(study_name="branches", storage="sqlite:///old.db")
other.optimize(lambda t: t.suggest_float("a", 0, 1) if t.number % 2 else t.suggest_float("b", 0, 1), n_trials=4)
`
const READ = `
import json, sys, optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
def seen(study, label):
    return [[t.state.name, None if t.value == float("inf") else t.value, {n: label(n, v) for n, v in t.params.items()}] for t in study.trials]
theirs = optuna.load_study(study_name="old", storage="sqlite:///old.db")
ours = optuna.load_study(study_name="old", storage=JournalStorage(JournalFileBackend("old.log")))
labels = {"relu": "0: 'relu'", None: "1: None", 3: "2: 3"}
expected = seen(theirs, lambda n, v: labels[v] if n == "act" else v)
ours.optimize(lambda t: t.suggest_float("x", -5, 5), n_trials=1)
print(json.dumps({"direction": ours.direction.name, "theirs": expected, "ours": seen(ours, lambda n, v: v)}))
`

describe.skipIf('lacks' in found)('a study of Optuna', () => {
  let folder: string
  let server: ServerProcess
  let url: string
  beforeAll(async () => {
    makeReady()
    folder = await mkdtemp(join(tmpdir(), 'chiron-optuna-'))
    server = ServerProcess.run({ PORT: '0', CHIRON_DATA_DIR: join(folder, 'data') })
    url = await server.listening()
    await run(python, ['-c', WRITE])
  })
  afterAll(async () => {
    await server?.kill()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const run = (program: string, args: readonly string[]) =>
    promisify(execFile)(program, args, { cwd: folder, env: { PATH: process.env.PATH }, maxBuffer: 1e8 })
  const chiron = (...args: string[]) =>
    run(process.execPath, [fromRoot('bin/chiron.mjs'), ...args, '--server', url]).catch((error) => error)

  it('is imported once, with the outcomes that Optuna has', async () => {
    const words = ['import', 'optuna', 'sqlite:///old.db', '--study', 'old']
    expect((await chiron(...words)).stdout).toBe(
      'old: 9 imported, 0 known before, 0 without a result left out\n',
    )
    expect((await chiron(...words)).stdout).toBe(
      'old: 0 imported, 9 known before, 0 without a result left out\n',
    )
    const { stdout } = await chiron('export', 'old', '--format', 'jsonl')
    const trials = stdout
      .trimEnd()
      .split('\n')
      .map((line: string) => JSON.parse(line))
    expect(trials.map(({ state, failure }: { state: string; failure?: string }) => failure ?? state)).toEqual(
      ['complete', 'complete', 'pruned', 'crashed', 'diverged', ...Array(4).fill('complete')],
    )
    expect(trials[0].params.act).toMatch(/^(0: 'relu'|1: None|2: 3)$/)
  })

  it('says why parameters that some trials lack need a space, and which studies there are', async () => {
    const branches = await chiron('import', 'optuna', 'sqlite:///old.db', '--study', 'branches')
    expect(branches.stderr).toMatch(
      /^chiron: Some trials of branches have no a, b: create the study branches first/,
    )
    const which = await chiron('import', 'optuna', 'sqlite:///old.db')
    expect(which.stderr).toBe('chiron: Name a study by --study: it has old, branches\n')
    const none = await chiron('import', 'optuna', 'sqlite:///none.db')
    expect(none.stderr).toMatch(/^chiron: sqlite:\/\/\/none\.db has no Optuna studies that can be read/)
  })

  it('is exported as Optuna reads it, and goes on there', async () => {
    const { stdout } = await chiron('export', 'old', '--format', 'optuna')
    await writeFile(join(folder, 'old.log'), stdout)
    const { direction, theirs, ours } = JSON.parse((await run(python, ['-c', READ])).stdout)
    expect(direction).toBe('MAXIMIZE')
    expect(ours).toHaveLength(10)
    // An infinite value is a failure here.
    const finite = theirs.map((trial: unknown[], i: number) => (i === 4 ? ['FAIL', null, trial[2]] : trial))
    expect(ours.slice(0, 9)).toEqual(finite)
  })
})
