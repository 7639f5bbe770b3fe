/**
 * Verdicts at planned looks. At each look Holm's correction runs over the contrasts that no earlier look has
 * decided, at the look's share of α. A contrast that was shown stays shown. By the union bound over looks, and
 * because Holm's procedure is a closed test, the chance that any contrast of the family is shown wrongly is α at
 * most.
 */
import { holm } from '../holm.js'
import { leastP } from '../plan.js'
import { type Claim, type Evidence, evidenceOf } from './evidence.js'
import { type AnalysisPlan, isFinished, type Pair } from './grid.js'

export interface Judged {
  readonly p: number
  /** After Holm's correction over the contrasts that were open. */
  readonly adjusted: number
  /** `cannot show`: with so many pairs not even the least possible p would have been small enough. */
  readonly verdict: Claim | 'not shown' | 'cannot show'
}

export interface Verdict extends Judged {
  /** False between looks: then it is what would be said if the next look were now. */
  readonly final: boolean
  /** The number of seeds of the look at which the verdict fell. */
  readonly look: number | null
}

type Pairs = readonly (Pair | undefined)[]

/** One verdict for each contrast of a family. */
export function judgeFamily(
  plan: AnalysisPlan,
  family: readonly Pairs[],
  levels: readonly number[],
): Verdict[] {
  const atLooks = judgeAtLooks(plan, family, levels)
  const preliminary = family.map((pairs, i) => !stands(plan, atLooks[i], pairs))
  if (!preliminary.includes(true)) return atLooks.map((verdict) => verdict!)
  const now = judgeNow(plan, family, levels, atLooks)
  return atLooks.map((verdict, i) => (preliminary[i] ? now[i]! : verdict!))
}

/** The verdict of the last look that a contrast has reached, or of the one that showed it. */
function judgeAtLooks(
  plan: AnalysisPlan,
  family: readonly Pairs[],
  levels: readonly number[],
): (Verdict | undefined)[] {
  const found = family.map((): Verdict | undefined => undefined)
  plan.looks.forEach((look, k) => {
    const open = indicesOf(found, (verdict) => !isShown(verdict))
    const evidence = open.map((i) => evidenceAt(plan, family[i]!, look))
    const judged = judge(plan, evidence, new Array(open.length).fill(levels[k]))
    open.forEach((i, at) => {
      if (evidence[at]) found[i] = { ...judged[at]!, final: true, look }
    })
  })
  return found
}

/** What would be said of the open contrasts if the next look of each were now. */
function judgeNow(
  plan: AnalysisPlan,
  family: readonly Pairs[],
  levels: readonly number[],
  atLooks: readonly (Verdict | undefined)[],
): Verdict[] {
  const open = indicesOf(atLooks, (verdict) => !isShown(verdict))
  const nextLook = (i: number) => plan.looks.findIndex((look) => look > (atLooks[i]?.look ?? 0))
  const judged = judge(
    plan,
    open.map((i) => evidenceOf(plan, ended(family[i]!))),
    open.map((i) => levels[nextLook(i)] ?? 0),
  )
  const verdicts: Verdict[] = []
  open.forEach((i, at) => {
    verdicts[i] = { ...judged[at]!, final: false, look: null }
  })
  return verdicts
}

function indicesOf<Item>(items: readonly Item[], wanted: (item: Item) => boolean): number[] {
  return items.flatMap((item, i) => (wanted(item) ? [i] : []))
}

/** Undefined where a run of the first seeds has not ended. */
function evidenceAt(plan: AnalysisPlan, pairs: Pairs, look: number): Evidence | undefined {
  const first = pairs.slice(0, look)
  return first.length === look && !first.includes(undefined) ? evidenceOf(plan, ended(first)) : undefined
}

/** A contrast without evidence yet has p = 1, which makes the verdicts on the others no easier. */
function judge(
  plan: AnalysisPlan,
  evidence: readonly (Evidence | undefined)[],
  levels: readonly number[],
): Judged[] {
  const ps = evidence.map((own) => own?.p ?? 1)
  const adjusted = holm(ps)
  const strict = holm(evidence.map((own) => own?.strict ?? 1))
  return ps.map((p, i) => {
    const own = evidence[i]
    if (own && strict[i]! <= levels[i]!) return { p, adjusted: adjusted[i]!, verdict: own.claim }
    const best = holm(ps.with(i, leastP(plan, own?.n ?? 0)))[i]!
    return { p, adjusted: adjusted[i]!, verdict: best <= levels[i]! ? 'not shown' : 'cannot show' }
  })
}

/**
 * Shown contrasts stay; another verdict stands until a later pair has finished, and after the last look for good.
 */
function stands(plan: AnalysisPlan, verdict: Verdict | undefined, pairs: Pairs): boolean {
  if (!verdict) return false
  if (isShown(verdict) || verdict.look === plan.looks.at(-1)) return true
  return !pairs.slice(verdict.look!).some(isFinished)
}

export function isShown(verdict: Judged | undefined): boolean {
  return verdict?.verdict === 'better' || verdict?.verdict === 'worse'
}

function ended(pairs: Pairs): Pair[] {
  return pairs.filter((pair) => pair !== undefined)
}
