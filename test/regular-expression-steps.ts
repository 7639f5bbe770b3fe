/**
 * Counts the steps of a backtracking matcher, as V8's is, so that a test can say how they grow with the length of a
 * text. The texts are made from the expression itself: what stands before each unbounded repetition, and what it repeats,
 * many times over, with an end that does not match.
 */

type Node =
  | { readonly kind: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly node: Node
      readonly least: number
      readonly most: number
      lazy: boolean
    }
  | { readonly kind: 'place'; readonly holds: (text: string, at: number) => boolean }
  | { readonly kind: 'look'; readonly node: Node; readonly wanted: boolean }

/** What is counted of a text at most: a linear expression needs a hundredth of it. */
const MOST_STEPS = 1_000_000

/** By how much the steps grow, at worst, where a text becomes twice as long: 2 is linear, 4 is quadratic. */
export function stepGrowth({ source, flags }: RegExp): { readonly growth: number; readonly text: string } {
  const parsed = parse(source, flags)
  let worst = { growth: 0, text: '' }
  for (const attack of attacksOn(parsed, source)) {
    const steps = stepsOn(parsed, flags, attack(2 * LENGTH))
    const growth = steps > MOST_STEPS ? Infinity : steps / stepsOn(parsed, flags, attack(LENGTH))
    if (growth > worst.growth) worst = { growth, text: attack(3) }
    if (growth === Infinity) break
  }
  return worst
}

const LENGTH = 150

function parse(source: string, flags: string): Node {
  const accepted = new Map<string, boolean>()
  const character = (atom: string): Node => {
    const form = new RegExp(`^(?:${atom})$`, flags.replace(/[gmyd]/g, ''))
    const accepts = (one: string) => {
      const key = atom + one
      if (!accepted.has(key)) accepted.set(key, form.test(one))
      return accepted.get(key)!
    }
    return { kind: 'character', accepts }
  }
  let at = 0
  const take = (form: RegExp): string | undefined => {
    const sticky = new RegExp(form.source, 'y')
    sticky.lastIndex = at
    const found = sticky.exec(source)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const choice = (): Node => {
    const nodes = [sequence()]
    while (take(/\|/)) nodes.push(sequence())
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes }
  }
  const sequence = (): Node => {
    const nodes: Node[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') nodes.push(repeated(atom()))
    return { kind: 'sequence', nodes }
  }
  const atom = (): Node => {
    if (take(/\^/))
      return { kind: 'place', holds: (text, i) => i === 0 || (flags.includes('m') && text[i - 1] === '\n') }
    if (take(/\$/))
      return {
        kind: 'place',
        holds: (text, i) => i === text.length || (flags.includes('m') && text[i] === '\n'),
      }
    const boundary = take(/\\[bB]/)
    if (boundary)
      return {
        kind: 'place',
        holds: (text, i) => (isWord(text[i - 1]) !== isWord(text[i])) === (boundary === '\\b'),
      }
    const look = take(/\(\?[=!]/)
    if (look) return { kind: 'look', node: closed(), wanted: look === '(?=' }
    const behind = take(/\(\?<[=!]/)
    if (behind) return lookBehind(closed(), behind === '(?<=')
    if (take(/\\[1-9k]/)) throw new Error(`${source} refers back, which is not counted`)
    if (take(/\((?:\?:|\?<\w+>)?/)) return closed()
    const one = take(
      /\\(?:x[\da-f]{2}|u\{[\da-f]+\}|u[\da-f]{4}|[pP]\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|[^\\]/i,
    )!
    return character(one)
  }
  const closed = (): Node => {
    const inner = choice()
    take(/\)/)
    return inner
  }
  const repeated = (node: Node): Node => {
    const sign = take(/[*+?]|\{\d+(?:,\d*)?\}/)
    if (sign === undefined) return node
    const lazy = take(/\?/) !== undefined
    const [least, most] = boundsOf(sign)
    return { kind: 'repeat', node, least, most, lazy }
  }
  return choice()
}

/** At one character, as expressions here do. */
function lookBehind(node: Node, wanted: boolean): Node {
  const [only, ...more] = node.kind === 'sequence' ? node.nodes : [node]
  if (only?.kind !== 'character' || more.length > 0) throw new Error('only one character behind is counted')
  return { kind: 'place', holds: (text, at) => (at > 0 && only.accepts(text[at - 1]!)) === wanted }
}

function boundsOf(sign: string): [number, number] {
  if (sign === '*') return [0, Infinity]
  if (sign === '+') return [1, Infinity]
  if (sign === '?') return [0, 1]
  const [least, most = least] = sign.slice(1, -1).split(',')
  return [Number(least), most === '' ? Infinity : Number(most)]
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character)
}

type Attack = (times: number) => string

/** What matches no character of any expression here, but the negated ones. */
const ENDS = ['', '\u0001', '\n\u0001']

function attacksOn(node: Node, source: string): Attack[] {
  const samples = samplerOf(source)
  const attacks: Attack[] = []
  const walk = (node: Node, before: readonly string[]): readonly string[] => {
    if (node.kind === 'sequence') return node.nodes.reduce((prefixes, part) => walk(part, prefixes), before)
    if (node.kind === 'choice') return few(node.nodes.flatMap((part) => walk(part, before)))
    if (node.kind === 'look') walk(node.node, before)
    if (node.kind === 'repeat') {
      walk(node.node, before)
      if (node.most === Infinity) attacks.push(...repetitions(before, samples(node.node)))
    }
    return few(before.flatMap((prefix) => samples(node).map((part) => prefix + part)))
  }
  walk(node, [''])
  return attacks
}

function repetitions(prefixes: readonly string[], bodies: readonly string[]): Attack[] {
  const texts = prefixes.flatMap((prefix) =>
    bodies.flatMap((body): Attack[] => [
      (n) => prefix + body.repeat(n),
      (n) => (prefix + body).repeat(n),
      (n) => prefix.repeat(n) + body,
    ]),
  )
  return texts.flatMap((text) =>
    ENDS.map(
      (end): Attack =>
        (n) =>
          text(n) + end,
    ),
  )
}

const MOST_SAMPLES = 12

function few(texts: readonly string[]): string[] {
  return [...new Set(texts)].slice(0, MOST_SAMPLES)
}

/** Some texts that a node matches; of a class those of its characters that the expression itself has. */
function samplerOf(source: string): (node: Node) => string[] {
  const own = [...new Set(source.replace(/\\[nrt]/g, '\n').replace(/[\\^$()[\]*+?{}|]/g, ' '))]
  const characters = [
    'a',
    '0',
    ...own,
    '\\',
    '"',
    '\n',
    '!',
    '\u0085',
    '(',
    '[',
    '+',
    '*',
    '{',
    '$',
    '^',
    '\u001b',
    'é',
  ]
  const samples = (node: Node): string[] => {
    if (node.kind === 'character') return characters.filter(node.accepts).slice(0, 5)
    if (node.kind === 'sequence')
      return node.nodes.reduce<string[]>(
        (starts, part) => few(starts.flatMap((start) => samples(part).map((end) => start + end))),
        [''],
      )
    if (node.kind === 'choice') return few(node.nodes.flatMap(samples))
    if (node.kind === 'repeat')
      return few([
        ...(node.least === 0 ? [''] : []),
        ...samples(node.node).map((one) => one.repeat(Math.max(1, node.least))),
      ])
    return ['']
  }
  return samples
}

function stepsOn(node: Node, flags: string, text: string): number {
  let steps = 0
  const match = (node: Node, at: number, then: (at: number) => boolean): boolean => {
    if (++steps > MOST_STEPS) return true
    if (node.kind === 'character') return at < text.length && node.accepts(text[at]!) && then(at + 1)
    if (node.kind === 'place') return node.holds(text, at) && then(at)
    if (node.kind === 'look') return match(node.node, at, () => true) === node.wanted && then(at)
    if (node.kind === 'choice') return node.nodes.some((part) => match(part, at, then))
    if (node.kind === 'sequence') return matchFrom(node.nodes, 0, at, then)
    return matchTimes(node, 0, at, then)
  }
  const matchFrom = (
    nodes: readonly Node[],
    i: number,
    at: number,
    then: (at: number) => boolean,
  ): boolean =>
    i === nodes.length ? then(at) : match(nodes[i]!, at, (next) => matchFrom(nodes, i + 1, next, then))
  const matchTimes = (
    node: Node & { kind: 'repeat' },
    times: number,
    at: number,
    then: (at: number) => boolean,
  ): boolean => {
    if (node.node.kind === 'character' && !node.lazy) return matchRun(node, node.node.accepts, at, then)
    const more = () =>
      times < node.most &&
      match(
        node.node,
        at,
        (next) => (next > at || times < node.least) && matchTimes(node, times + 1, next, then),
      )
    const enough = () => times >= node.least && then(at)
    return node.lazy ? enough() || more() : more() || enough()
  }
  /** The same for a character, without a call for each. */
  const matchRun = (
    { least, most }: Node & { kind: 'repeat' },
    accepts: (character: string) => boolean,
    at: number,
    then: (at: number) => boolean,
  ): boolean => {
    let end = at
    while (end < text.length && end - at < most && accepts(text[end]!)) end++
    steps += end - at
    for (; end >= at + least; end--) {
      if (++steps > MOST_STEPS || then(end)) return true
    }
    return false
  }
  for (let at = 0; at <= text.length; at++) {
    let end = at
    const found = match(node, at, (next) => {
      end = next
      return true
    })
    if (flags.includes('y') || (found && !flags.includes('g'))) break
    if (found && end > at) at = end - 1
  }
  return steps
}
