/**
 * What a language model's recorded answers add to gp, in the first hours of `advice`: on three of ten trials after the first ten the
 * configuration runs that the model gave in the nearest recorded state, by incumbent and round. The figures in LOG.md are its output.
 *
 *     npx tsx bench/advice/recorded.ts <trials.csv> [seeds]
 *
 * ../recorded-trials.ts says what the file has.
 */
import { refuses } from '../../optimizers/feasibility/preflight.js'
import { type Params, spaceNamed } from '../../search-spaces/index.js'
import { decideTurn } from '../../src/advisors/advisor-share.js'
import { nearestAnswer, type Recordings } from '../../src/advisors/llm/replay.js'
import { advisorSchema } from '../../src/domain/advisor.js'
import type { HeldStudy } from '../../src/engine/held-study.js'
import { noWrites } from '../../src/engine/writes.js'
import { mean, median } from '../../src/statistics/describe.js'
import { comparePaired } from '../../src/statistics/signed-rank.js'
import { meanInterval } from '../../src/statistics/student-t.js'
import { enqueue } from '../../src/trials/commands/enqueue.js'
import { searcherOf } from '../centaur/study.js'
import { openProgress } from '../progress.js'
import { spaceName } from '../quality/run.js'
import { type RecordedTrial, readRecordedTrials, recordedParams } from '../recorded-trials.js'
import { markdown } from '../table.js'
import { alone } from './arms.js'
import { foundIn, HOURS, play, runOnce, type Score, studyOf, TARGET } from './run.js'

type Recording = Recordings[string]

const SHARE = advisorSchema.parse({ kind: 'random', ratio: 0.3, warmup: 10 })
const space = spaceNamed(spaceName)!
const [file, wanted = '32'] = process.argv.slice(2)
const trials = readRecordedTrials(file!)
const models = [...new Set(trials.filter(isAnswer).map(({ model }) => model!))]
const seeds = Array.from({ length: Number(wanted) }, (_, seed) => seed)

const progress = openProgress('recorded answers', seeds.length * (models.length + 1))
const own = await scoresOf('alone', (seed) => runOnce({ arm: alone, seed }))
const advised: { model: string; scores: Score[] }[] = []
for (const model of models) {
  const recording = recordingOf(model)
  advised.push({ model, scores: await scoresOf(model, (seed) => runAdvised(recording, seed)) })
}
progress.end()
console.log(
  markdown({
    title: `recorded answers: ${HOURS} simulated H200 hours, gp leads`,
    columns: [
      ...['model', 'answers', 'best observed', 'without noise', `hours to ${TARGET}`, 'taken'],
      ...['less alone, thousandths', '95 %', 'p'],
    ],
    rows: [rowOf('none', own), ...advised.map(({ model, scores }) => rowOf(model, scores))],
    notes: [],
  }),
)

async function scoresOf(label: string, run: (seed: number) => Promise<Score>): Promise<Score[]> {
  const scores: Score[] = []
  for (const seed of seeds) {
    scores.push(await run(seed))
    progress.step(`${label}, seed ${seed}`)
  }
  return scores
}

function isAnswer({ method, source }: RecordedTrial): boolean {
  return method === 'agent-14hp' || (method === 'centaur' && source === 'llm')
}

/** Every answer of a model with the state of the search that it was given in. */
function recordingOf(model: string): Recording {
  const own = trials.filter((trial) => trial.model === model)
  const runOf = ({ method, seed }: RecordedTrial) => `${method} ${seed}`
  const runs = [...new Set(own.map(runOf))].map((name) => own.filter((trial) => runOf(trial) === name))
  const answers = runs.flatMap((run) => {
    let best: { params: Params; value: number } | undefined
    return run.flatMap((trial) => {
      const params = recordedParams(space, trial)
      const state = { round: Number(trial.trial), incumbent: best?.params ?? null }
      if (trial.outcome === 'ok' && !(Number(trial.val_bpb) >= (best?.value ?? Infinity)))
        best = { params, value: Number(trial.val_bpb) }
      return isAnswer(trial) ? [{ question: 'configuration' as const, ...state, answer: params }] : []
    })
  })
  return { source: 'arXiv 2603.24647', within: 1, answers }
}

async function runAdvised(recording: Recording, seed: number): Promise<Score> {
  const study = studyOf(alone, seed)
  const searcher = searcherOf(study)
  let [turns, taken] = [0, 0]
  const found = await play(
    {
      ...searcher,
      async ask(number) {
        const { advisors } = decideTurn(SHARE, number, study.counters.advice.share)
        if (advisors) {
          turns++
          if (await queues(study, recording, number)) taken++
        }
        return searcher.ask(number)
      },
    },
    seed,
  )
  return { ...foundIn(found), turns, taken }
}

/** As an advisor's suggestion it passes the preflight, and is no repeat; else the trial is the optimizer's. */
async function queues(study: HeldStudy, recording: Recording, round: number): Promise<boolean> {
  const incumbent = study.history.best[0]?.params ?? null
  const nearest = nearestAnswer(recording, { question: 'configuration', round, incumbent, space })
  const params = recording.answers[nearest!.answer]!.answer as Params
  const seen = await study.search.inspect(params)
  if (!seen.ok || refuses(seen.feasibility)) return false
  const before = study.nextNumber
  await enqueue(params, {}, true).play(study, noWrites())
  return study.nextNumber > before
}

function rowOf(label: string, scores: readonly Score[]): string[] {
  const of = (what: (score: Score) => number) => mean(scores.map(what))
  const [ours, theirs] = [scores, own].map((all) => all.map(({ truth }) => truth))
  const interval = scores === own ? null : meanInterval(ours!.map((each, i) => each - theirs![i]!))
  const { difference, p } = comparePaired(ours!, theirs!)
  const thousandths = (value: number) => (1000 * value).toFixed(2)
  return [
    label,
    label === 'none' ? '–' : String(recordingOf(label).answers.length),
    of(({ best }) => best).toFixed(5),
    of(({ truth }) => truth).toFixed(5),
    median(scores.map(({ hours }) => hours ?? Infinity)).toFixed(1),
    of(({ taken }) => taken).toFixed(1),
    ...(interval
      ? [thousandths(difference), interval.map(thousandths).join(' to '), p.toFixed(3)]
      : ['–', '–', '–']),
  ]
}
