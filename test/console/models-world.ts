import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import type { Actor } from '../../src/ledger/index.ts'
import type { ConsoleWorld } from './world.ts'

const DAY_MS = 86_400_000
const OPERATOR: Actor = { type: 'operator', id: 'operator' }

/** Goes like the real one, some time before it: what takes months is there in a moment. */
export class EarlierClock implements Clock {
  #behindMs: number
  constructor(days: number) {
    this.#behindMs = days * DAY_MS
  }

  now(): number {
    return Date.now() - this.#behindMs
  }

  monotonic(): number {
    return performance.now()
  }

  /** Comes nearer to now. */
  to(daysAgo: number): void {
    this.#behindMs = Math.min(this.#behindMs, daysAgo * DAY_MS)
  }
}

export const MODELS_CONFIG = {
  models: [
    { name: 'atlas-api', upstream: 'scripted' },
    { name: 'borea-api', upstream: 'scripted' },
  ],
}
export const HISTORY_DAYS = 170

/** Suites, threat models and three model lines: one under assessment, one long due, one locked. */
export async function modelHistory(
  { running: { app } }: ConsoleWorld,
  clock: EarlierClock,
): Promise<{ assessment: string }> {
  const { registry, evaluations, response } = app.modelRooms
  const { suites, assessments } = evaluations
  await suites.freeze(
    { suite: 'autonomy-2026.1', domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy' }, tasks: 4 },
    OPERATOR,
  )
  await suites.freeze(
    { suite: 'cyber-2026.1', domain: 'cyber', threshold: 'Cyber-1', rule: { kind: 'rate', line: 0.2 }, tasks: 40 },
    OPERATOR,
  )
  await suites.mapThreat(
    {
      ...{ threat: 'self-replication', domain: 'autonomy', threshold: 'AI-RD-4', suites: ['autonomy-2026.1'] },
      actor: 'the model itself, with tools and rented machines',
      capability: 'sets up a copy of itself elsewhere and keeps it running',
      baseline: 'scripts that people write for it',
    },
    OPERATOR,
  )
  const record = (model: string, checkpoint: string, flops: number, more: object = {}) =>
    registry.checkpoints.record({ model, checkpoint, flops, ...more }, OPERATOR)
  const cleared = async (checkpoint: string, days: number) => {
    const { id } = await assessments.open({ checkpoint, suites: ['autonomy-2026.1'] }, OPERATOR)
    await importTries(app, id, { suite: 'autonomy-2026.1', snapshot: 'helpful-only', passing: 1, clock })
    await vouchForAll(app, id, 'autonomy-2026.1')
    for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const)
      await assessments.show(id, name, { words: `The case for ${checkpoint}, as written then.` }, OPERATOR)
    const { reportDigest } = await evaluations.conclude(id, OPERATOR)
    clock.to(days)
    const approved = { id: 'apr_00000000000000000000000000', people: ['per_first', 'per_second'] }
    await assessments.decide(id, reportDigest ?? '', approved, OPERATOR)
    await assessments.deliver(id, { body: 'board', reference: 'Minutes, item 4' }, OPERATOR)
  }
  await record('atlas', 'c1', 1e24)
  await record('cirrus', 'a1', 3e23)
  clock.to(160)
  await record('atlas', 'c2', 1.6e24)
  clock.to(148)
  await record('atlas', 'c3', 2.7e24)
  await cleared('atlas/c3', 140)
  clock.to(128)
  await record('atlas', 'c4', 3.6e24)
  await record('borea', 'b1', 5e23)
  clock.to(110)
  await record('atlas', 'c5', 5.2e24, { gains: [{ method: 'scaffold-2', factor: 1.15 }] })
  clock.to(92)
  await record('atlas', 'c6', 7.4e24)
  clock.to(76)
  await record('atlas', 'c7', 9.6e24)
  await cleared('atlas/c7', 70)
  await registry.runs.declare(
    { model: 'atlas', run: 'r7', parent: 'atlas/c7', plannedFlops: 7.2e25, safetyReview: 'SR-2026-19' },
    OPERATOR,
  )
  for (const [days, checkpoint, flops] of RUN) {
    clock.to(days)
    await record('atlas', checkpoint, flops, checkpoint === 'c12' ? { run: 'r7' } : {})
  }
  await record('borea', 'b2', 2.6e24)
  const surfaces = [
    { kind: 'api' as const, name: 'api', gatewayModels: ['borea-api'] },
    { kind: 'partner' as const, name: 'skyline-cloud', gatewayModels: [] },
  ]
  await registry.deployments.declare({ deployment: 'borea-api', checkpoint: 'borea/b1', surfaces }, OPERATOR)
  await registry.deployments.declare(
    {
      deployment: 'atlas-api',
      checkpoint: 'atlas/c7',
      surfaces: [{ kind: 'api', name: 'api', gatewayModels: ['atlas-api'] }],
    },
    OPERATOR,
  )
  clock.to(3)
  const operators = [{ id: 'operator', roles: new Set(['administrator'] as const) }]
  const by = { takers: operators, actor: OPERATOR, approval: null, reason: 'Its weights turned up on a laptop' }
  await response.cases.take('training/cirrus', 'lock', by)
  const { id } = await assessments.open(
    { checkpoint: 'atlas/c11', suites: ['autonomy-2026.1', 'cyber-2026.1'] },
    OPERATOR,
  )
  clock.to(2)
  await importTries(app, id, { suite: 'autonomy-2026.1', snapshot: 'helpful-only', passing: 1, clock })
  await importTries(app, id, { suite: 'cyber-2026.1', snapshot: 'production', passing: 4, clock, errors: 5 })
  const words =
    'The chain from access to harm is covered for replication: accounts, money, machines, upkeep. Checked against the red team of May.'
  await assessments.show(id, 'threatModels', { words }, OPERATOR)
  clock.to(0)
  return { assessment: id }
}

const RUN = [
  [58, 'c8', 1.2e25],
  [44, 'c9', 1.7e25],
  [28, 'c10', 2.3e25],
  [12, 'c11', 3.1e25],
  [5, 'c12', 3.5e25],
] as const

export interface Tries {
  readonly suite: string
  readonly snapshot: string
  /** How many tasks are passed by their last try. */
  readonly passing: number
  readonly clock: Clock
  /** Tries that ended in an error. */
  readonly errors?: number
}

let files = 0

/** Ten tries at each of four tasks, or one at each of forty, as lines of JSON, read as any other file. */
export async function importTries(
  app: ConsoleWorld['running']['app'],
  assessment: string,
  { suite, snapshot, passing, clock, errors = 0 }: Tries,
): Promise<void> {
  const [tasks, tries] = suite.startsWith('autonomy') ? [4, 10] : [40, 1]
  const header = { header: { began_at: new Date(clock.now()).toISOString(), n: files++ } }
  const rows = Array.from({ length: tasks }, (_, task) =>
    Array.from({ length: tries }, (_, i) => {
      const isError = task >= tasks - errors
      return {
        task: `t${task}`,
        passed: !isError && task < passing && i === tries - 1,
        ...(isError ? { error: 'timeout' } : {}),
      }
    }),
  ).flat()
  const dir = await mkdtemp(join(tmpdir(), 'safelevel-tries-'))
  try {
    const path = join(dir, 'tries.jsonl')
    await writeFile(path, [header, ...rows].map((row) => JSON.stringify(row)).join('\n'))
    await app.modelRooms.evaluations.importFile(assessment, path, { suite, snapshot, scorer: null }, OPERATOR)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

export async function vouchForAll(
  app: ConsoleWorld['running']['app'],
  assessment: string,
  suite: string,
): Promise<void> {
  const done = 'done' as const
  const vouched = {
    elicitation: {
      chainOfThought: done,
      bestOfN: done,
      tools: done,
      scaffold: done,
      fineTuned: done,
      helpfulOnly: done,
    },
    transcripts: { read: 40, spurious: 0 },
    contamination: { checked: true, unreplaced: 0 },
    grader: { positives: 20, recognised: 20 },
  }
  await app.modelRooms.evaluations.assessments.vouch(assessment, suite, vouched, OPERATOR)
}

const CUSTOMERS = ['Kelp Research', 'Tern Labs', 'Moss & Daughters']

/** Organisations that have asked a model something: those who go on being served when it is halted. */
export async function customersOf({ running: { app, url } }: ConsoleWorld, model: string): Promise<void> {
  for (const name of CUSTOMERS) {
    const { id: organisationId } = await app.accounts.createOrganisation({ name }, OPERATOR)
    const { id: projectId } = await app.accounts.createProject({ organisationId, name: 'assistant' }, OPERATOR)
    const { key } = await app.accounts.createKey({ projectId, name: 'production' }, OPERATOR)
    const status = await ask(url, key, model)
    if (status !== 200) throw new Error(`${name} was not served: ${status}`)
  }
}

/** @returns the status of the answer */
export async function ask(url: string, key: string, model: string): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Why is the sky blue?' }] }),
  })
  await response.text()
  return response.status
}
