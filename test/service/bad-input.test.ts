import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../postgres.js'
import { unsound } from './invariants.js'
import { type Body, type Leased, LINE, type TestService, useService } from './service.js'

/** A request, and where and how it is refused. `raw`: the body as it is sent. `{…}` stand for what the test has at hand. */
interface Bad {
  readonly what: string
  readonly url: string
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Record<string, string>
  readonly status?: number
  readonly code?: string
  readonly path?: string
}

const spec = (more: object) => ({ name: 'bad', space: LINE, ...more })
const space = (parameters: object, more: object = {}) => spec({ space: { parameters, ...more } })
const x = (more: object) => space({ x: { type: 'float', low: 0, high: 1, ...more } })
const choice = (more: object) => space({ x: { type: 'categorical', choices: ['a', 'b'], ...more } })

const create = (what: string, path: string, body: unknown, code = 'invalid_request'): Bad => ({
  what,
  url: '/studies',
  body,
  code,
  path,
})
const badSpace = (what: string, path: string, body: unknown): Bad => create(what, path, body, 'invalid_space')
const ask = (what: string, path: string, body: unknown): Bad => ({
  what,
  url: '/studies/{study}/ask',
  body,
  path,
})
const trial = (action: string, what: string, path: string, more: object): Bad => ({
  what,
  url: `/studies/{study}/trials/{number}/${action}`,
  body: { token: '{token}', ...more },
  path,
})
const tell = (what: string, path: string, more: object) =>
  trial('tell', what, path, { outcome: 'complete', value: 1, ...more })
const enqueue = (what: string, path: string, body: unknown, code?: string): Bad => ({
  what,
  url: '/studies/{study}/trials',
  body,
  path,
  code,
})
const get = (what: string, url: string, more: Partial<Bad>): Bad => ({ what, url, method: 'GET', ...more })

const STUDIES: Bad[] = [
  create('an unknown field', 'colour', spec({ colour: 'red' })),
  create('no name', 'name', { space: LINE }),
  create('neither a space nor a trainer', 'space', { name: 'bad' }),
  create('no space and a trainer that there is not', 'trainer', { name: 'bad', trainer: 'nobody' }),
  ...['', 'a b', '-x', 'x'.repeat(101), '../etc/passwd', 'é', '8b1a9953-c461-4296-9827-0c1f0d0f5e6b'].map(
    (name) => create(`the name ${JSON.stringify(name.slice(0, 40))}`, 'name', spec({ name })),
  ),
  create('a name that is a number', 'name', spec({ name: 7 })),
  create('a name that is null', 'name', spec({ name: null })),
  create('a description that is too long', 'description', spec({ description: 'x'.repeat(2001) })),
  create('a seed below zero', 'seed', spec({ seed: -1 })),
  create('a seed with a fraction', 'seed', spec({ seed: 1.5 })),
  create('a seed that a double cannot hold', 'seed', spec({ seed: 2 ** 53 })),
  create('a seed that is a text', 'seed', spec({ seed: '7' })),
  create('no worker at all in parallel', 'parallel', spec({ parallel: 0 })),
  create('a metric without a name', 'objective.metric', spec({ objective: { metric: '' } })),
  create('a third direction', 'objective.direction', spec({ objective: { metric: 'v', direction: 'up' } })),
  create('an unknown part of the objective', 'objective.goal', spec({ objective: { metric: 'v', goal: 1 } })),
  create('a budget of no trials', 'budget.trials', spec({ budget: { trials: 0 } })),
  create('a negative budget', 'budget.trials', spec({ budget: { trials: -1 } })),
  create('half a trial', 'budget.trials', spec({ budget: { trials: 1.5 } })),
  create('more trials than there are', 'budget.trials', spec({ budget: { trials: 1e12 } })),
  create('a budget as a text', 'budget.trials', spec({ budget: { trials: '100' } })),
  create('no train seconds', 'budget.trainSeconds', spec({ budget: { trainSeconds: 0 } })),
  create(
    'more wall seconds than a calendar has',
    'budget.wallSeconds',
    spec({ budget: { wallSeconds: 1e300 } }),
  ),
  create('an unknown budget', 'budget.dollars', spec({ budget: { dollars: 5 } })),
  create('a lease of no time', 'lease.seconds', spec({ lease: { seconds: 0 } })),
  create('no attempt', 'lease.maxAttempts', spec({ lease: { maxAttempts: 0 } })),
  create('an unknown rule of pruning', 'pruning.rule', spec({ pruning: { rule: 'best' } })),
  create('a halving by one', 'pruning.factor', spec({ pruning: { rule: 'halving', factor: 1 } })),
  create('an option of another rule', 'pruning.factor', spec({ pruning: { rule: 'median', factor: 3 } })),
  ...[0, 0.6, -0.1, '0.05'].map((chance) =>
    create(
      `a forecast that goes on with a chance of ${JSON.stringify(chance)}`,
      'pruning.chance',
      spec({ pruning: { rule: 'forecast', chance } }),
    ),
  ),
  create(
    'a forecast of too few trials',
    'pruning.startupTrials',
    spec({ pruning: { rule: 'forecast', startupTrials: 4 } }),
  ),
  create(
    'a forecast of half a step',
    'pruning.warmupSteps',
    spec({ pruning: { rule: 'forecast', warmupSteps: 0.5 } }),
  ),
  create(
    'a forecast with the option of a halving',
    'pruning.minStep',
    spec({ pruning: { rule: 'forecast', minStep: 1 } }),
  ),
  create('an unknown trainer', 'trainer', spec({ trainer: 'rm -rf /' })),
  create('an unknown method', 'method', spec({ method: 'magic' }), 'invalid_options'),
  create('a method without an optimizer', 'method.optimizer', spec({ method: {} })),
  create(
    'an unknown optimizer',
    'method.optimizer.kind',
    spec({ method: { optimizer: { kind: 'x' } } }),
    'invalid_options',
  ),
  create(
    'an unknown option',
    'method.optimizer.speed',
    spec({ method: { optimizer: { kind: 'random', speed: 9 } } }),
    'invalid_options',
  ),
  create(
    'a preflight by a formula that is not there',
    'method.preflight',
    spec({ method: { optimizer: { kind: 'random' }, preflight: 'formula' } }),
    'invalid_options',
  ),
  badSpace('an unknown space', 'space', spec({ space: 'outer' })),
  badSpace('an empty space', 'space.parameters', space({})),
  badSpace('nothing to search', 'space.parameters', space({ x: { type: 'fixed', value: 1 } })),
  badSpace('bounds the wrong way', 'space.parameters.x.low', x({ low: 1, high: 0 })),
  badSpace('log with zero', 'space.parameters.x.low', x({ low: 0, log: true })),
  badSpace('log below zero', 'space.parameters.x.low', x({ low: -1, log: true })),
  badSpace('a default out of range', 'space.parameters.x.default', x({ default: 2 })),
  badSpace('a step that misses the end', 'space.parameters.x.step', x({ step: 0.3 })),
  badSpace('a choice twice', 'space.parameters.x.choices', choice({ choices: ['a', 'a'] })),
  badSpace('a default that is no choice', 'space.parameters.x.default', choice({ default: 'c' })),
  badSpace('a reserved name', 'space.parameters.constructor', space({ constructor: { type: 'bool' } })),
  badSpace('a fixed parameter that is not there', 'fixed.y', spec({ fixed: { y: 1 } })),
  badSpace('a fixed value out of range', 'fixed.x', spec({ fixed: { x: 99 } })),
  badSpace('a fixed value of another kind', 'fixed.x', spec({ fixed: { x: 'a' } })),
  badSpace(
    'a cycle between conditions',
    'space.parameters.a.when',
    space({ a: { type: 'bool', when: { b: true } }, b: { type: 'bool', when: { a: true } } }),
  ),
  badSpace(
    'a condition on itself',
    'space.parameters.a.when',
    space({ a: { type: 'bool', when: { a: true } } }),
  ),
  badSpace('a condition on nobody', 'space.parameters.x.when.y', x({ when: { y: 1 } })),
  badSpace(
    'a cycle between derived quantities',
    'space.derived.a',
    space({ x: { type: 'bool' } }, { derived: { a: 'b', b: 'a' } }),
  ),
  badSpace(
    'a hostile expression',
    'space.constraints.0',
    space({ x: { type: 'bool' } }, { constraints: ['import("fs")'] }),
  ),
  badSpace(
    'a constraint that nothing satisfies',
    'space.constraints.0',
    space({ x: { type: 'float', low: 0, high: 1 } }, { constraints: ['x > 2'] }),
  ),
]

/** Told by the schema where it sees the fault first: the path names the parameter in any case. */
const KINDS: Bad[] = [
  x({ low: null }),
  x({ low: '0' }),
  x({ high: undefined }),
  x({ colour: 1 }),
  space({ x: { type: 'complex', low: 0, high: 1 } }),
  space({ x: 1 }),
  choice({ choices: [] }),
  choice({ choices: 'ab' }),
  choice({ choices: [null] }),
].map((body, i) => ({
  what: `a parameter of the wrong kind (${i})`,
  url: '/studies',
  body,
  path: 'space.parameters.x',
}))

const LOOP: Bad[] = [
  ask('no worker', 'worker', {}),
  ask('a worker without a name', 'worker', { worker: '' }),
  ask('a worker with too long a name', 'worker', { worker: 'w'.repeat(201) }),
  ask('a worker that is a number', 'worker', { worker: 1 }),
  ask('no trial', 'count', { worker: 'w', count: 0 }),
  ask('65 trials', 'count', { worker: 'w', count: 65 }),
  ask('a trial and a half', 'count', { worker: 'w', count: 1.5 }),
  ask('a count as a text', 'count', { worker: 'w', count: '3' }),
  ask('a wait below zero', 'wait', { worker: 'w', wait: -1 }),
  ask('a wait of minutes', 'wait', { worker: 'w', wait: 61 }),
  ask('an unknown field', 'gpu', { worker: 'w', gpu: 0 }),
  tell('no token', 'token', { token: undefined }),
  tell('a token that is none', 'token', { token: 'x' }),
  tell('an unknown outcome', 'outcome', { outcome: 'fine' }),
  tell('that it is lost: not the worker’s to say', 'outcome', { outcome: 'lost' }),
  tell('no outcome', 'outcome', { outcome: undefined }),
  tell('no value where it is complete', 'value', { value: undefined }),
  tell('null where it is complete', 'value', { value: null }),
  tell('a value as a text', 'value', { value: '0.5' }),
  tell('a value that is true', 'value', { value: true }),
  tell('a list of values', 'value', { value: [1] }),
  tell('negative seconds', 'trainSeconds', { trainSeconds: -1 }),
  tell('seconds that are no number', 'trainSeconds', { trainSeconds: 'NaN' }),
  tell('seconds beyond sums', 'trainSeconds', { trainSeconds: 1e308 }),
  tell('negative memory', 'peakMemoryMb', { peakMemoryMb: -0.1 }),
  tell('metrics that are a list', 'metrics', { metrics: [1] }),
  tell('a metric that is an object', 'metrics.a', { metrics: { a: {} } }),
  tell('a message without an end', 'message', { message: 'x'.repeat(10_001) }),
  tell('an unknown field', 'loss', { loss: 1 }),
  trial('heartbeat', 'an unknown field', 'step', { step: 1 }),
  trial('heartbeat', 'no token', 'token', { token: null }),
  trial('report', 'no step', 'step', { value: 1 }),
  trial('report', 'a step below zero', 'step', { step: -1, value: 1 }),
  trial('report', 'half a step', 'step', { step: 1.5, value: 1 }),
  trial('report', 'a step beyond counting', 'step', { step: 2 ** 31, value: 1 }),
  trial('report', 'no value', 'value', { step: 1 }),
  trial('report', 'a value that is null', 'value', { step: 1, value: null }),
  enqueue('nothing', 'params', {}),
  enqueue('a list of values', 'params', { params: [1] }),
  enqueue('a value that is a list', 'params.x', { params: { x: [1] } }),
  enqueue('an unknown field', 'priority', { params: { x: 1 }, priority: 1 }),
  enqueue('an unknown parameter', 'params.y', { params: { x: 1, y: 1 } }, 'invalid_params'),
  enqueue('a value of another kind', 'params.x', { params: { x: 'deep' } }, 'invalid_params'),
  enqueue('a value out of bounds', 'params.x', { params: { x: 99 } }, 'invalid_params'),
  enqueue('half a wish for repair', 'repair', { params: { x: 1 }, repair: 'yes' }),
  enqueue('a repair of what ran', 'repair', { params: { x: 1 }, repair: true, outcome: 'oom' }),
  enqueue(
    'an old trial that could not have run',
    'params.x',
    { params: { x: 99 }, outcome: 'oom' },
    'invalid_params',
  ),
  enqueue('an outcome that nobody can tell', 'outcome', { params: { x: 1 }, outcome: 'lost' }),
  enqueue('seconds without an outcome', 'trainSeconds', { params: { x: 1 }, trainSeconds: 1 }),
  ...['state', 'seed', 'name', 'space'].map(
    (field): Bad => ({
      what: `another ${field}`,
      method: 'PATCH',
      url: '/studies/{study}',
      body: { [field]: 'asleep' },
      path: field,
    }),
  ),
]

const PLACES: Bad[] = [
  ...['abc', '-1', '1.5', '0x1', '1e1', '%20', '2147483648', '99999999999999999999', 'NaN'].map((n) =>
    get(`trial ${n}`, `/studies/{study}/trials/${n}`, { path: 'number' }),
  ),
  ...[
    'limit=0',
    'limit=-1',
    'limit=1001',
    'limit=abc',
    'limit=1.5',
    'limit=',
    'limit=0x10',
    'limit=1&limit=2',
  ].map((query) => get(query, `/studies/{study}/trials?${query}`, { path: 'limit' })),
  get('a state that there is not', '/studies/{study}/trials?state=asleep', { path: 'state' }),
  get('a source with a NUL', '/studies/{study}/trials?source=%00', { path: 'source' }),
  get('an unknown query', '/studies/{study}/trials?colour=red', { path: 'colour' }),
  get('a format that there is not', '/studies/{study}/export?format=xml', { path: 'format' }),
  { what: 'half a force', method: 'DELETE', url: '/studies/{study}?force=perhaps', path: 'force' },
  ...[
    'x',
    '',
    '%00',
    '!!!',
    cursor('studies', 1),
    cursor('trials'),
    cursor('trials', 'x'),
    cursor('trials', 1.5),
    cursor('trials', -1),
  ]
    .concat(
      cursor('trials', 2 ** 31),
      cursor('trials', null),
      cursor('trials', 1, 2),
      cursor('incumbents', 1),
    )
    .map((c) =>
      get(`the cursor ${c}`, `/studies/{study}/trials?cursor=${c}`, {
        code: c === '' ? 'invalid_request' : 'invalid_cursor',
        path: 'cursor',
      }),
    ),
  ...[
    cursor('studies', 'yesterday', 'me'),
    cursor('studies', '0000-01-01T00:00:00Z', ID()),
    cursor('studies', '2026-01-01T00:00:00Z', 'x'),
  ]
    .concat(cursor('trials', 1), 'bnVsbA')
    .map((c) =>
      get(`the cursor of studies ${c}`, `/studies?cursor=${c}`, { code: 'invalid_cursor', path: 'cursor' }),
    ),
  ...[cursor('incumbents', 'x'), cursor('incumbents', 1e10)].map((c) =>
    get(`the cursor of incumbents ${c}`, `/studies/{study}/incumbents?cursor=${c}`, {
      code: 'invalid_cursor',
      path: 'cursor',
    }),
  ),
  ...[
    '/studies/%',
    '/studies/%zz',
    '/studies/%E0%A4%A',
    '/studies/%00',
    '/studies/{study}/trials/%',
    '/%c0%ae',
  ].map((url) => get(url, url, { status: url === '/%c0%ae' ? 400 : 400 })),
  ...['nobody', ID(), '__proto__', 'constructor', 'toString'].flatMap((study): Bad[] => [
    get(`the study ${study}`, `/studies/${study}`, { status: 404, code: 'study_not_found' }),
    get(`trials of ${study}`, `/studies/${study}/trials`, { status: 404, code: 'study_not_found' }),
    get(`the summary of ${study}`, `/studies/${study}/summary`, { status: 404, code: 'study_not_found' }),
    {
      what: `an ask of ${study}`,
      url: `/studies/${study}/ask`,
      body: { worker: 'w' },
      status: 404,
      code: 'study_not_found',
    },
    {
      what: `${study} deleted`,
      method: 'DELETE',
      url: `/studies/${study}`,
      status: 404,
      code: 'study_not_found',
    },
    {
      what: `${study} changed`,
      method: 'PATCH',
      url: `/studies/${study}`,
      body: {},
      status: 404,
      code: 'study_not_found',
    },
  ]),
  get('a study with a long name', `/studies/${'x'.repeat(150)}`, { path: 'study' }),
  get('a study with a longer name', `/studies/${'x'.repeat(5000)}`, { status: 404 }),
  get('a trial that there is not', '/studies/{study}/trials/999', { status: 404, code: 'trial_not_found' }),
  ...['tell', 'heartbeat', 'report', 'cancel'].map(
    (action): Bad => ({
      what: `a ${action} of a trial that there is not`,
      url: `/studies/{study}/trials/999/${action}`,
      body: {
        token: '{token}',
        ...(action === 'tell' && { outcome: 'oom' }),
        ...(action === 'report' && { step: 1, value: 1 }),
      },
      status: 404,
      code: 'trial_not_found',
    }),
  ),
  get('no route', '/nowhere', { status: 404, code: 'not_found' }),
  {
    what: 'a method that a route does not take',
    method: 'PATCH',
    url: '/studies',
    body: {},
    status: 405,
    code: 'method_not_allowed',
  },
]

const json = (what: string, raw: string, more: Partial<Bad> = {}): Bad => ({
  what,
  url: '/studies',
  raw,
  code: 'invalid_json',
  ...more,
})

const BODIES: Bad[] = [
  json('no JSON', 'name=bad'),
  json('half a body', '{"name": "bad", '),
  json('two bodies', '{}{}'),
  json('a member twice', '{"name": "bad", "name": "worse"}'),
  json(
    'more members than an object may have',
    `{${Array.from({ length: 10_001 }, (_, i) => `"m${i}":1`).join(',')}}`,
  ),
  json(
    'a parameter twice',
    '{"name": "bad", "space": {"parameters": {"x": {"type": "bool"}, "x": {"type": "bool"}}}}',
  ),
  json('a member called __proto__', '{"name": "bad", "__proto__": {"polluted": true}}'),
  json('__proto__ deep inside', `{"name": "bad", "space": {"parameters": {"__proto__": {"type": "bool"}}}}`),
  json('__proto__ spelled by its codes', '{"name": "bad", "\\u005f_proto__": {"polluted": true}}'),
  json('brackets without an end', '['.repeat(200_000)),
  json('a list in a list in a list', `${'['.repeat(200_000)}${']'.repeat(200_000)}`),
  json('an empty body', '', { code: 'invalid_request' }),
  json('blanks', ' \n ', { code: 'invalid_request' }),
  ...['null', '[]', '"text"', '7', 'true', 'NaN', '-Infinity'].map((raw) =>
    json(`${raw} as the body`, raw, { code: 'invalid_request' }),
  ),
  json('a pollution by constructor', '{"name": "bad", "constructor": {"prototype": {"polluted": 1}}}', {
    code: 'invalid_request',
    path: 'constructor',
  }),
  json(
    'a budget that is not finite',
    '{"name": "bad", "space": "autoresearch-14", "budget": {"trials": Infinity}}',
    {
      code: 'invalid_request',
      path: 'budget.trials',
    },
  ),
  json(
    'a budget with too large an exponent',
    '{"name": "bad", "space": "autoresearch-14", "budget": {"trainSeconds": 1e999}}',
    {
      code: 'invalid_request',
      path: 'budget.trainSeconds',
    },
  ),
  json('more than a mebibyte', JSON.stringify({ name: 'x'.repeat(2 ** 20) }), {
    status: 413,
    code: 'payload_too_large',
  }),
  json('a long text beside a NaN', `{"name": NaN, "description": "${'\\"'.repeat(400_000)}"}`, {
    code: 'invalid_request',
  }),
  ...[
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'nonsense',
    'application/jsonx',
  ].map((type) =>
    json(`a body of ${type}`, '{}', {
      headers: { 'content-type': type },
      status: 415,
      code: 'unsupported_media_type',
    }),
  ),
]

function cursor(...parts: unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function ID(): string {
  return '8b1a9953-c461-4296-9827-0c1f0d0f5e6b'
}

describe.each(databases())('bad input on $name', (engine) => {
  const service = useService(engine)
  let study: string
  let held: Leased

  beforeAll(async () => {
    study = await service.create({
      pruning: { rule: 'halving' },
      method: { optimizer: { kind: 'random' }, preflight: 'off' },
    })
    await service.run(study, 1)
    held = await service.askOne(study)
  })

  const filledIn = (text: string) =>
    text
      .replaceAll('{study}', study)
      .replaceAll('{number}', String(held.number))
      .replaceAll('{token}', held.lease.token)

  describe.each([
    ['in a study', STUDIES],
    ['in a parameter', KINDS],
    ['in the loop', LOOP],
    ['in a place', PLACES],
    ['in a body', BODIES],
  ])('%s', (_, cases) => {
    it.each(cases)('$what', async ({ method = 'POST', url, body, raw, headers, ...expected }) => {
      const before = await everything(service)
      const sent = raw ?? (body === undefined ? undefined : filledIn(JSON.stringify(body)))
      const answer = await service.call(method, filledIn(url), sent, headers)
      const { status = 400, path, code = path === undefined ? undefined : 'invalid_request' } = expected
      expect(answer.body).toMatchObject({ status, ...(code && { code }), retryable: false })
      expect(answer.status).toBe(status)
      expect(answer.body.detail).toMatch(/\w{3}/)
      if (path !== undefined) {
        const paths: string[] = answer.body.errors.map((e: Body) => e.path)
        expect(
          paths.some((p) => p === path || p.startsWith(`${path}.`)),
          `${path} among ${paths}`,
        ).toBe(true)
        for (const { message } of answer.body.errors) expect(message).toMatch(/\w{3}/)
      }
      expect(await everything(service), 'nothing is stored').toEqual(before)
      expect(({} as Body).polluted).toBeUndefined()
    })
  })

  describe('a character that the database cannot store', () => {
    const token = () => held.lease.token
    const number = () => held.number
    const valid: Record<string, () => [method: 'POST' | 'PATCH', url: string, body: object]> = {
      create: () => ['POST', '/studies', full()],
      change: () => ['PATCH', `/studies/${study}`, { state: 'paused', reason: 'r', description: 'd' }],
      ask: () => ['POST', `/studies/${study}/ask`, { worker: 'w' }],
      heartbeat: () => ['POST', `/studies/${study}/trials/${number()}/heartbeat`, { token: token() }],
      report: () => [
        'POST',
        `/studies/${study}/trials/${number()}/report`,
        { token: token(), step: 1, value: 'NaN' },
      ],
      tell: () => [
        'POST',
        `/studies/${study}/trials/${number()}/tell`,
        { token: token(), outcome: 'complete', value: 1, metrics: { note: 'n' }, message: 'm' },
      ],
      enqueue: () => [
        'POST',
        `/studies/${study}/trials`,
        { params: { x: 'a' }, outcome: 'oom', message: 'm', metrics: { n: 'n' } },
      ],
    }

    it.each(Object.keys(valid))('is refused in every string and every member name of a %s', async (which) => {
      const before = await everything(service)
      let tried = 0
      for (const evil of ['\0', 'a\0b', '\ud800', '\udfff x', '🐎\ud83d']) {
        const [method, url, body] = valid[which]!()
        for (const spoilt of spoil(body, evil)) {
          const answer = await service.call(method, url, spoilt)
          expect(answer.status, JSON.stringify(spoilt)).toBe(400)
          expect(answer.body.code).toBe('invalid_json')
          tried++
        }
      }
      expect(tried).toBeGreaterThanOrEqual(10)
      expect(await everything(service)).toEqual(before)
    })

    it('is not refused in valid text, such as a complete surrogate pair', async () => {
      const name = await service.create({ description: '🐎 naïve ￿' })
      const body = await service.run(name, 1, { message: '🐎', metrics: { '🐎': '🐎' } })
      expect(body).toMatchObject({ message: '🐎', metrics: { '🐎': '🐎' } })
    })
  })

  it.each([
    ['unknown members', '/studies', () => ({ name: 'bad', space: LINE, ...many('m') })],
    ['members with long names', '/studies', () => ({ name: 'bad', space: LINE, ['x'.repeat(900_000)]: 1 })],
    ['unknown parameters', '/studies/{study}/trials', () => ({ params: many('p') })],
    ['parameters that are none', '/studies', () => space(many('p'))],
    ['metrics that are none', '/studies/{study}/trials', () => ({ params: { x: 1 }, metrics: many('m') })],
  ])('has a short answer, however much is wrong: %s', async (_, url, body) => {
    const { status, body: problem } = await service.post(filledIn(url), body())
    expect(status).toBe(400)
    expect(problem.errors.length).toBeGreaterThan(0)
    expect(problem.errors.length).toBeLessThanOrEqual(20)
    expect(JSON.stringify(problem).length).toBeLessThan(40_000)
  })

  it('neither crashes the service nor makes a study inconsistent, with randomly mutated requests', async () => {
    await fc.assert(
      fc.asyncProperty(mutations, async (mutate) => {
        const number = held.number
        const token = held.lease.token
        const name = `fuzz-${fuzzed++}`
        const requests: [string, object][] = [
          ['/studies', { ...full(), name }],
          [`/studies/${study}/ask`, { worker: 'w', count: 2 }],
          [`/studies/${study}/trials`, { params: { x: 1.5 } }],
          [`/studies/${study}/trials`, { params: { x: 1.5 }, ...told }],
          [`/studies/${study}/trials/${number}/heartbeat`, { token }],
          [`/studies/${study}/trials/${number}/report`, { token, step: fuzzed, value: 1.5 }],
          [`/studies/${study}/trials/${number}/tell`, { token, ...told }],
          [`/studies/${study}/trials/${number}/cancel`, {}],
        ]
        for (const [url, body] of requests) {
          const before = await everything(service)
          const { status } = await service.post(url, mutate(body)) // a 500 throws
          if (status >= 400) expect(await everything(service)).toEqual(before)
        }
        if ((await service.show(study, held.number)).state !== 'running') held = await service.askOne(study)
      }),
      { numRuns: 60 },
    )
    const { database, queues } = service.running
    expect(await unsound(database, study, queues)).toEqual([])
    const { body } = await service.get('/studies?limit=1000')
    const made = body.studies.filter((s: Body) => s.name.startsWith('fuzz-'))
    for (const { name } of made) {
      await service.ask(name, 'w', 2)
      expect(await unsound(database, name, queues)).toEqual([])
    }
  }, 300_000)
})

let fuzzed = 0

/** As many members of no use as fit into a body. */
function many(name: string): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`${name}${i}`, []]))
}

const told = {
  outcome: 'complete',
  value: 0.5,
  metrics: { epoch: 3, note: 'n' },
  trainSeconds: 3,
  peakMemoryMb: 100,
  tokensPerSecond: 5,
  message: 'm',
}

/** A spec with everything in it. */
function full() {
  return {
    name: 'full',
    description: 'd',
    space: {
      name: 's',
      description: 'd',
      parameters: {
        x: { type: 'float', low: 0.5, high: 2, log: true, default: 1, description: 'd' },
        n: { type: 'int', low: 1, high: 9, step: 2 },
        k: { type: 'categorical', choices: ['a', 'b'], default: 'a' },
        c: { type: 'bool', when: { k: 'b' } },
      },
      derived: { d: 'x * n' },
      constraints: [{ expression: 'd < 18', adjust: 'n' }],
      memory: { gb: 'd', limitGb: 12 },
    },
    fixed: { k: 'b' },
    objective: { metric: 'm', direction: 'maximize' },
    method: { optimizer: { kind: 'random' }, preflight: 'formula' },
    budget: { trials: 5, trainSeconds: 100, trialSeconds: 5, wallSeconds: 1000 },
    seed: 3,
    parallel: 2,
    lease: { seconds: 60, maxAttempts: 2 },
    pruning: { rule: 'median', startupTrials: 2, warmupSteps: 1 },
  }
}

/** How many rows there are of everything, and what each study was last: any write shows. */
async function everything({ running: { database } }: TestService): Promise<unknown> {
  const tables = ['studies', 'trials', 'attempts', 'events', 'incumbents', 'reports']
  const counts = tables.map((t) => `(select count(*) from ${t})::int as ${t}`).join(', ')
  return database.query(
    `select ${counts}, (select sum(seq) from studies)::int as seq,
            (select string_agg(lease_expires_at::text, ',' order by study_id, number) from trials) as leases,
            (select string_agg(spec::text, ',' order by id) from studies) as specs`,
  )
}

/** The same value with the text put into each of its texts, and into each of its names, one at a time. */
function* spoil(value: Body, evil: string): Generator<Body> {
  if (typeof value === 'string') yield value + evil
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const put = (k: string, v: unknown) => {
      if (Array.isArray(value)) return value.map((old, i) => (String(i) === key ? v : old))
      const { [key]: _, ...rest } = value
      return { ...rest, [k]: v }
    }
    for (const spoilt of spoil(inner, evil)) yield put(key, spoilt)
    if (!Array.isArray(value)) yield put(key + evil, inner)
  }
}

const weird = fc.constantFrom<unknown>(
  null, true, '', ' ', 'NaN', 'Infinity', '0', 'x'.repeat(300), 'x'.repeat(20_000), '\u0000', '🐎', '__proto__',
  -1, 0, -0, 0.5, 1e-320, 1e21, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 53), Number.MAX_VALUE,
  [], {}, [[]], [null], { a: 1 }, { constructor: 1 }, 'a + ', 'x > 0', 'random', 'oom', 'pruned', 'complete',
) // biome-ignore format: a palette

/** One to three changes at random places of a body: something else there, nothing there, one thing more. */
const mutations: fc.Arbitrary<(body: object) => unknown> = fc
  .array(
    fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      kind: fc.integer({ min: 0, max: 2 }),
      weird,
    }),
    {
      maxLength: 3,
    },
  )
  .map(
    (changes) => (body: object) =>
      changes.reduce<unknown>((changed, change) => mutate(changed, change), body),
  )

function mutate(body: unknown, { at, kind, weird }: { at: number; kind: number; weird: unknown }): unknown {
  const paths = placesIn(body)
  const path = paths[Math.floor(at * paths.length)]
  if (path === undefined) return weird
  const copy = structuredClone(body) as Body
  const parent = path.slice(0, -1).reduce((node, key) => node[key], copy)
  const key = path.at(-1)!
  if (kind === 0) parent[key] = weird
  else if (kind === 1) delete parent[key]
  else parent[`${key}2`] = weird
  return copy
}

function placesIn(value: unknown, above: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    [...above, key],
    ...placesIn(inner, [...above, key]),
  ])
}
