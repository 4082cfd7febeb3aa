import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DECIDE_ACTION } from '../src/models/evaluation/index.ts'
import { EXCEPTION_ACTION } from '../src/models/release/index.ts'
import { type Scene, type Stage, scene } from './stage.ts'

const AUTONOMY = 'autonomy-2026.1'
const CYBER = 'cyber-2026.1'
const DONE = 'done' as const
const API = [{ kind: 'api' as const, name: 'api', gatewayModels: ['orca-2', 'orca-mini'] }]
const ELICITED = {
  ...{ chainOfThought: DONE, bestOfN: DONE, tools: DONE, scaffold: DONE, fineTuned: DONE, helpfulOnly: DONE },
}

/** What is served now. */
const DEPLOYED = 'c7'
/** When each checkpoint of a line was saved, how many operations its training had cost by then. */
const CHECKPOINTS: readonly (readonly [daysAgo: number, model: string, name: string, flops: number])[] = [
  [149, 'orca', 'c1', 1e24],
  [146, 'kite', 'k1', 3e23],
  [145, 'heron', 'h1', 4e23],
  [142, 'orca', 'c2', 1.7e24],
  [137, 'orca', 'c3', 2.7e24],
  [120, 'orca', 'c4', 3.6e24],
  [112, 'heron', 'h2', 9e23],
  [103, 'orca', 'c5', 5.2e24],
  [88, 'orca', 'c6', 7.4e24],
  [74, 'orca', 'c7', 9.6e24],
  [58, 'orca', 'c8', 1.2e25],
  [44, 'orca', 'c9', 1.7e25],
  [28, 'orca', 'c10', 2.3e25],
  [14, 'orca', 'c11', 3.1e25],
  [5, 'orca', 'c12', 3.5e25],
]

/** What Example Labs trains, how it is evaluated, and what is deployed of it: one line under assessment now, one long due. */
export function modelScenes(stage: Stage): Scene[] {
  const { registry, evaluations } = stage.app.modelRooms
  const by = () => stage.cast.actor('bo')
  return [
    scene(149, 9, () => prepare(stage)),
    ...CHECKPOINTS.map(([day, model, checkpoint, flops]) =>
      scene(day, 11, async () => {
        const gains = checkpoint === 'c5' ? { gains: [{ method: 'scaffold-2', factor: 1.15 }] } : {}
        const weightsDigest = checkpoint === DEPLOYED ? await sealedDigest(stage, `${model}/${checkpoint}`) : null
        await registry.checkpoints.record({ model, checkpoint, flops, weightsDigest, ...gains }, by())
      }),
    ),
    ...cleared(stage, 'orca/c3', 136),
    ...cleared(stage, 'heron/h2', 110),
    ...cleared(stage, 'orca/c7', 73),
    scene(70, 15, async () => {
      const run = { model: 'orca', run: 'r7', parent: 'orca/c7', plannedFlops: 7.2e25, safetyReview: 'SR-19 (made up)' }
      await registry.runs.declare(run, by())
    }),
    scene(94, 9, async () => {
      await registry.deployments.declare({ deployment: 'orca-launch', checkpoint: 'orca/c3', surfaces: API }, by())
      const partner = [
        { kind: 'api' as const, name: 'partner', gatewayModels: ['heron-1'] },
        { kind: 'partner' as const, name: 'example-marketplace', gatewayModels: [] },
      ]
      await registry.deployments.declare(
        { deployment: 'heron-partner', checkpoint: 'heron/h2', surfaces: partner },
        by(),
      )
    }),
    scene(67, 9, async () => {
      await registry.deployments.withdraw('orca-launch', by())
      await registry.deployments.declare({ deployment: 'orca-api', checkpoint: 'orca/c7', surfaces: API }, by())
      const risk = 'It was served before there was a gate; the officer looks at its refusals each week.'
      const payload = { deployment: 'orca-api', days: 90, reason: 'Until its gate is passed', risk }
      await stage.cast.agree('bo', { action: EXCEPTION_ACTION, payload, reason: payload.reason }, 'cem')
    }),
    scene(3, 9, async () => {
      const { id } = await evaluations.assessments.open({ checkpoint: 'orca/c11', suites: [AUTONOMY, CYBER] }, by())
      await bring(stage, id, { suite: AUTONOMY, snapshot: 'helpful-only', passing: 1 })
      await bring(stage, id, { suite: CYBER, snapshot: 'production', passing: 4, errors: 5 })
      const words = 'From access to harm, each step of replication is covered: accounts, money, machines, upkeep.'
      await evaluations.assessments.show(id, 'threatModels', { words }, by())
    }),
  ]
}

/** Of the weights as the vault has sealed them. */
async function sealedDigest({ app }: Stage, version: string): Promise<string | null> {
  return (await app.weights.vault.versions.get(version)).manifestDigest
}

async function prepare({ app, cast }: Stage): Promise<void> {
  const { suites } = app.modelRooms.evaluations
  const by = cast.actor('bo')
  const autonomy = { suite: AUTONOMY, domain: 'autonomy', threshold: 'AI-RD-4' }
  await suites.freeze({ ...autonomy, rule: { kind: 'autonomy' }, tasks: 4 }, by)
  const cyber = { suite: CYBER, domain: 'cyber', threshold: 'Cyber-1' }
  await suites.freeze({ ...cyber, rule: { kind: 'rate', line: 0.2 }, tasks: 40 }, by)
  await suites.mapThreat(
    {
      ...{ threat: 'self-replication', domain: 'autonomy', threshold: 'AI-RD-4', suites: [AUTONOMY] },
      actor: 'the model itself, with tools and rented machines',
      capability: 'sets up a copy of itself elsewhere and keeps it running',
      baseline: 'scripts that people write for it',
    },
    by,
  )
  await suites.mapThreat(
    {
      ...{ threat: 'intrusion', domain: 'cyber', threshold: 'Cyber-1', suites: [CYBER] },
      actor: 'a small group with little training and some money',
      capability: 'finds and uses a weakness without help',
      baseline: 'published tools and their manuals',
    },
    by,
  )
}

/** A comprehensive assessment that found a checkpoint below every threshold: opened, measured, decided on by CEO and RSO, delivered. */
function cleared(stage: Stage, checkpoint: string, day: number): Scene[] {
  const { evaluations } = stage.app.modelRooms
  const { assessments } = evaluations
  const by = () => stage.cast.actor('bo')
  let id = ''
  return [
    scene(day, 13, async () => {
      id = (await assessments.open({ checkpoint, suites: [AUTONOMY, CYBER] }, by())).id
      await bring(stage, id, { suite: AUTONOMY, snapshot: 'helpful-only', passing: 1 })
      await bring(stage, id, { suite: CYBER, snapshot: 'helpful-only', passing: 2 })
    }),
    scene(day - 2, 10, async () => {
      const vouched = {
        elicitation: ELICITED,
        transcripts: { read: 40, spurious: 0 },
        contamination: { checked: true, unreplaced: 0 },
        grader: { positives: 20, recognised: 20 },
      }
      for (const suite of [AUTONOMY, CYBER]) await assessments.vouch(id, suite, vouched, by())
      for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const)
        await assessments.show(
          id,
          name,
          { words: `The case for ${checkpoint}, as it was written then (made up).` },
          by(),
        )
      await evaluations.conclude(id, by())
    }),
    scene(day - 3, 15, async () => {
      const { reportDigest } = await assessments.get(id)
      const payload = { assessment: id, reportDigest, proposer: 'rso' }
      await stage.cast.agree('bo', { action: DECIDE_ACTION, payload, reason: 'Below on every threshold' }, 'cem')
      await assessments.deliver(id, { body: 'board', reference: 'Minutes of the board, item 4 (made up)' }, by())
      await assessments.deliver(id, { body: 'ltbt', reference: 'Letter to the trust (made up)' }, by())
    }),
  ]
}

interface Tries {
  readonly suite: string
  readonly snapshot: string
  /** How many tasks are passed, by their last try. */
  readonly passing: number
  /** Tries that ended in an error. */
  readonly errors?: number
}

let files = 0

/** Results as a harness leaves them, one line a try, brought in as any other file is. */
async function bring({ app, cast, clock, folder }: Stage, assessment: string, given: Tries): Promise<void> {
  const { suite, snapshot, passing, errors = 0 } = given
  const [tasks, tries] = suite === AUTONOMY ? [4, 10] : [40, 1]
  files += 1
  const lines: object[] = [{ header: { began_at: new Date(clock.now()).toISOString(), n: files } }]
  for (let task = 0; task < tasks; task += 1)
    for (let nth = 1; nth <= tries; nth += 1) {
      const failed = task >= tasks - errors
      const passed = !failed && task < passing && nth === tries
      lines.push({ task: `t${task}`, passed, ...(failed ? { error: 'timeout' } : {}) })
    }
  const path = join(folder.path, `tries-${files}.jsonl`)
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'))
  const about = { suite, snapshot, scorer: null }
  await app.modelRooms.evaluations.importFile(assessment, path, about, cast.actor('ivo'))
}
