import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { Actor, LedgerEntry } from '../../src/ledger/index.ts'
import { Cards, type ModelCard, printCard } from '../../src/models/cards/index.ts'
import { CADENCES, decideAction, Evaluations } from '../../src/models/evaluation/index.ts'
import { Registry } from '../../src/models/registry/index.ts'
import { MemoryLog } from './staff-world.ts'

export const RSO: Actor = { type: 'staff', id: 'per_rso' }
const DONE = 'done' as const
const STEPS = { chainOfThought: DONE, bestOfN: DONE, tools: DONE, scaffold: DONE, fineTuned: DONE, helpfulOnly: DONE }

/** A ledger in memory in which events are found again. */
class FoundLog extends MemoryLog {
  async find(eventId: string): Promise<LedgerEntry | null> {
    const position = this.events.findIndex(({ id }) => id === eventId)
    const event = this.events[position]
    if (event === undefined) return null
    return { position, recordedAt: event.time, leafHash: position.toString(16).padStart(64, '0'), event }
  }
}

/** A model that was trained, evaluated and deployed, with the room of its cards. */
export class CardsWorld implements Disposable {
  readonly clock: ManualClock
  readonly log: FoundLog
  readonly registry: Registry
  readonly evaluations: Evaluations
  readonly cards: Cards
  /** The last one is in force. */
  readonly policies: { version: string; digest: string; effectiveAt: string }[]
  readonly #dir = mkdtempSync(join(tmpdir(), 'safelevel-cards-'))
  #files = 0

  private constructor(rooms: Pick<CardsWorld, 'clock' | 'log' | 'registry' | 'evaluations' | 'cards' | 'policies'>) {
    this.clock = rooms.clock
    this.log = rooms.log
    this.registry = rooms.registry
    this.evaluations = rooms.evaluations
    this.cards = rooms.cards
    this.policies = rooms.policies
  }

  static async open(handle: DbHandle): Promise<CardsWorld> {
    for (const table of ['modelRecord', 'journalIntent'] as const) await handle.db.deleteFrom(table).execute()
    const clock = new ManualClock(Date.UTC(2026, 0, 1))
    const log = new FoundLog()
    const deps = { db: handle, ledger: log, clock, ids: seededIds(clock, 11) }
    const registry = await Registry.open(deps)
    const evaluations = await Evaluations.open({ ...deps, registry, cadence: CADENCES['rsp-1.0'] })
    const policies = [{ version: '1.0.0', digest: 'a'.repeat(64), effectiveAt: '2026-01-01T00:00:00.000Z' }]
    const current = () => policies.at(-1) ?? { version: '', digest: '' }
    const policy = { current, versions: () => policies }
    const defaults = { developer: 'Kelp Labs', contact: 'mailto:security@kelp.example' }
    const cards = await Cards.open({ ...deps, registry, evaluations, policy, defaults })
    return new CardsWorld({ clock, log, registry, evaluations, cards, policies })
  }

  [Symbol.dispose](): void {
    rmSync(this.#dir, { recursive: true, force: true })
  }

  /** Trained, evaluated as BELOW on four tasks of autonomy and forty of biology, deployed as `prod`. */
  async begin(): Promise<void> {
    await this.registry.checkpoints.record({ model: 'orca-2', checkpoint: 'c1', flops: 3.2e24 }, RSO)
    const autonomy = {
      suite: 'autonomy-1',
      domain: 'autonomy',
      threshold: 'AI-RD-4',
      rule: { kind: 'autonomy' as const },
    }
    await this.evaluations.suites.freeze({ ...autonomy, tasks: 4 }, RSO)
    const biology = {
      suite: 'biology-1',
      domain: 'cbrn',
      threshold: 'CBRN-3',
      rule: { kind: 'rate' as const, line: 0.5 },
    }
    await this.evaluations.suites.freeze({ ...biology, tasks: 40 }, RSO)
    for (const { suite, domain, threshold } of [autonomy, biology]) {
      const words = { threat: `threat-${suite}`, actor: 'anybody', capability: 'helps', baseline: 'a library' }
      await this.evaluations.suites.mapThreat({ ...words, domain, threshold, suites: [suite] }, RSO)
    }
    this.clock.advance(86_400_000)
    await this.assess('orca-2/c1', 1)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: ['orca-2'] }]
    await this.registry.deployments.declare({ deployment: 'prod', checkpoint: 'orca-2/c1', surfaces }, RSO)
  }

  /** Opens, fills, concludes and clears an assessment. @param passing tasks of autonomy, of four */
  async assess(checkpoint: string, passing: number): Promise<string> {
    const { assessments } = this.evaluations
    const suites = ['autonomy-1', 'biology-1']
    const { id } = await assessments.open({ checkpoint, suites }, RSO)
    this.clock.advance(3_600_000)
    const about = { snapshot: 'helpful-only', scorer: null }
    await this.evaluations.importFile(id, this.#results(4, 10, passing), { suite: 'autonomy-1', ...about }, RSO)
    await this.evaluations.importFile(id, this.#results(40, 1, 4), { suite: 'biology-1', ...about }, RSO)
    const given = {
      elicitation: STEPS,
      transcripts: { read: 40, spurious: 0 },
      contamination: { checked: true, unreplaced: 0 },
      grader: { positives: 20, recognised: 20 },
    }
    for (const suite of suites) await assessments.vouch(id, suite, given, RSO)
    for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const)
      await assessments.show(id, name, { words: `about ${name}` }, RSO)
    const { reportDigest, verdict } = await this.evaluations.conclude(id, RSO)
    if (verdict !== 'BELOW') return id
    const payload = { assessment: id, reportDigest: reportDigest ?? '', proposer: 'rso' as const }
    await decideAction(this.evaluations).execute(payload, this.approved('apr_decided'))
    await assessments.deliver(id, { body: 'board', reference: 'minutes' }, RSO)
    return id
  }

  approved(id: string, people: readonly string[] = ['per_rso', 'per_editor']) {
    const [requester = '', ...approvers] = people
    const approvedAt = new Date(this.clock.now()).toISOString()
    return { id, requester, approvers, approvedAt, effectiveUntil: null, digest: '' }
  }

  /** A card that a person has written to the end. */
  async written(): Promise<ModelCard> {
    const card = await this.cards.new('orca-2')
    const evidence = card.evaluations[0]?.evidence ?? []
    const policy = card.safeguards.policy?.evidence ?? []
    return {
      ...card,
      identity: {
        ...card.identity,
        title: 'Orca 2',
        released: '2026-01-05',
        languages: ['en', 'pt-BR'],
        modalities: { input: ['text', 'image'], output: ['text'] },
        licence: { id: 'Apache-2.0', name: null, url: 'https://www.apache.org/licenses/LICENSE-2.0' },
        website: 'https://kelp.example',
      },
      summary: 'A model that reads and writes about the sea.\n\nIt answers in prose.',
      intendedUses: ['Answering questions about marine life.'],
      outOfScopeUses: ['Advice on medicine & law.'],
      capabilities: [{ words: 'It passes few tasks of long autonomous work.', evidence }],
      limitations: ['It knows little of fresh water.'],
      trainingData: {
        ...card.trainingData,
        words: 'Books and pages about the sea.',
        sources: [{ name: 'Open sea archive', kind: 'public', words: 'scanned books' }],
      },
      risks: { ...card.risks, catastrophic: 'Assessed under the framework; see the thresholds.' },
      safeguards: {
        ...card.safeguards,
        refusal: [{ words: 'It was taught to refuse what the policy forbids.', evidence: policy }],
      },
      distribution: { ...card.distribution, weights: 'closed', channels: ['The API'] },
      acceptableUse: 'See the acceptable use policy.',
    }
  }

  /** Saves and publishes as two people do. */
  async publish(card: ModelCard, approval = 'apr_1') {
    const { digest } = await this.cards.save(printCard(card), RSO)
    const payload = await this.cards.publication(card.identity.model, { digest, reason: 'first card' })
    const action = this.cards.publishing()
    await action.check?.(payload, 'per_rso')
    await action.execute(payload, this.approved(approval))
    return this.cards.get(card.identity.model)
  }

  #results(tasks: number, tries: number, passing: number): string {
    const path = join(this.#dir, `results-${++this.#files}.jsonl`)
    const header = JSON.stringify({ header: { began_at: new Date(this.clock.now()).toISOString(), n: this.#files } })
    const rows = Array.from({ length: tasks * tries }, (_, i) =>
      JSON.stringify({
        task: `t${Math.floor(i / tries)}`,
        passed: Math.floor(i / tries) < passing && i % tries === tries - 1,
      }),
    )
    writeFileSync(path, [header, ...rows].join('\n'))
    return path
  }
}
