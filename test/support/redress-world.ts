import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Accounts, type Principal } from '../../src/accounts/index.ts'
import {
  type ContestedAction,
  type EnforcementPort,
  type PolicyFacts,
  Redress,
  type RedressNotice,
} from '../../src/accounts/redress/index.ts'
import { silentLog } from '../../src/base/log.ts'
import type { RedressConfig } from '../../src/base/redress-config.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { RecordedDecision, RecordedSide } from '../../src/decisions/index.ts'
import { allClauses, type Policy } from '../../src/policy/index.ts'
import type { Assessment } from '../../src/screening/index.ts'
import { shippedPolicy } from './policies.ts'
import { StaffWorld } from './staff-world.ts'
import { StringScreen } from './string-screen.ts'

const CONFIG: RedressConfig = {
  exemptionMaxDays: 30,
  appealDueDays: 14,
  appealWindowDays: 180,
  appealTextDays: 365,
  appealsPerHour: 20,
  requireAcceptance: false,
  acceptanceGraceDays: 30,
}

/** Remembers what it was asked to undo; `failing` as long as it can't. */
export class UndoRecorder implements EnforcementPort {
  readonly actions = new Map<string, ContestedAction>()
  readonly undone: { about: { type: string; id: string }; appealId: string; by: string }[] = []
  failing = false
  async describe(id: string): Promise<ContestedAction | null> {
    return this.actions.get(id) ?? null
  }

  async recent(before: string | null, limit: number): Promise<ContestedAction[]> {
    const all = [...this.actions.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
    return all.filter(({ id }) => before === null || id < before).slice(0, limit)
  }

  onChange(): () => void {
    return () => {}
  }

  async undo(undoing: { about: { type: 'decision' | 'action'; id: string }; appealId: string; by: string }) {
    if (this.failing) throw new Error('not now')
    this.undone.push(undoing)
    return [undoing.about.id]
  }
}

/** The room over one store, with real staff, real accounts, and stand-ins for what lies outside it. */
export class RedressWorld {
  readonly people: StaffWorld
  readonly accounts: Accounts
  readonly principal: Principal
  readonly other: Principal
  readonly decisions = new Map<string, RecordedDecision>()
  readonly enforcement = new UndoRecorder()
  readonly notices: RedressNotice[] = []
  readonly involved = new Map<string, string[]>()
  readonly dataDir = mkdtempSync(join(tmpdir(), 'safelevel-redress-'))
  policy: PolicyFacts = factsOf(shippedPolicy())
  redress!: Redress

  private constructor(people: StaffWorld, accounts: Accounts, principal: Principal, other: Principal) {
    this.people = people
    this.accounts = accounts
    this.principal = principal
    this.other = other
  }

  static async open(handle: DbHandle, config: Partial<RedressConfig> = {}): Promise<RedressWorld> {
    for (const table of [
      'redressRecord',
      'redressText',
      'journalIntent',
      'apiKey',
      'project',
      'organisation',
    ] as const) {
      await handle.db.deleteFrom(table).execute()
    }
    const people = await StaffWorld.open(handle)
    const accounts = await Accounts.open({
      db: handle,
      ledger: people.log,
      clock: people.clock,
      ids: people.ids,
      log: silentLog,
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      defaults: { requestsPerMinute: 1_000, tokensPerMinute: 1_000_000 },
    })
    const holder = async (name: string) => {
      const organisation = await accounts.createOrganisation({ name }, { type: 'operator', id: 'operator' })
      const project = await accounts.createProject(
        { organisationId: organisation.id, name },
        { type: 'operator', id: 'operator' },
      )
      const { key } = await accounts.createKey({ projectId: project.id }, { type: 'operator', id: 'operator' })
      const principal = accounts.authenticate(key)
      if (principal === null) throw new Error('a new key is not known')
      return principal
    }
    const world = new RedressWorld(people, accounts, await holder('Acme'), await holder('Other'))
    world.redress = await world.another(config)
    world.redress.reachedAt(() => 'https://ai.example')
    world.redress.register(people.staff.approvals)
    return world
  }

  get clock() {
    return this.people.clock
  }

  get log() {
    return this.people.log
  }

  /** As another process opens it. */
  another(config: Partial<RedressConfig> = {}): Promise<Redress> {
    const { handle, clock, ids, log } = this.people
    return Redress.open({
      db: handle,
      ledger: log,
      clock,
      ids,
      log: silentLog,
      keysDir: join(this.dataDir, 'keys'),
      config: { ...CONFIG, ...config },
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      decisions: {
        find: async (id) => this.decisions.get(id) ?? null,
        refusals: async ({ organisationId, after, limit }) => {
          const all = [...this.decisions.values()]
            .filter((d) => d.organisation === organisationId && (after === undefined || d.id < after))
            .sort((a, b) => (a.id < b.id ? 1 : -1))
          const items = all.slice(0, limit)
          return { items, next: all.length > limit ? (items.at(-1)?.id ?? null) : null }
        },
      },
      policies: {
        current: () => this.policy,
        find: async (digest) => (digest === this.policy.digest ? this.policy : null),
      },
      enforcement: this.enforcement,
      people: {
        involvedIn: async ({ id }) => this.involved.get(id) ?? [],
        same: async (a, b) => a === b,
      },
      notify: (notice) => this.notices.push(notice),
    })
  }

  /** A refusal as the ledger tells it. */
  refuse(about: Partial<RecordedDecision> = {}, said: Partial<RecordedSide> = {}): RecordedDecision {
    const side: RecordedSide = {
      action: 'refuse',
      label: 'cyber_operations',
      clause: '2.1',
      score: 0.91,
      threshold: 0.8,
      severity: 'high',
      reason: 'threshold',
      flagged: [],
      unevaluated: [],
      scores: { cyber_operations: 0.91 },
      classifiers: ['test'],
      testString: false,
      ...said,
    }
    const decision: RecordedDecision = {
      id: this.people.ids.next('dec'),
      position: 0,
      at: new Date(this.clock.now()).toISOString(),
      outcome: 'refuse',
      enforced: true,
      route: 'generate',
      dialect: 'openai-chat',
      model: 'secret-model',
      surface: 'api',
      tier: null,
      organisation: this.principal.organisationId,
      project: this.principal.projectId,
      key: this.principal.keyId,
      endUser: null,
      side: 'prompt',
      label: side.label,
      clause: side.clause,
      severity: side.severity,
      policyVersion: this.policy.version,
      policyDigest: this.policy.digest,
      testString: side.testString,
      canary: false,
      code: null,
      durationMs: 1,
      inputTokens: null,
      outputTokens: null,
      turns: 1,
      prompt: side,
      completion: null,
      revised: null,
      unrevised: null,
      ...about,
    }
    this.decisions.set(decision.id, decision)
    return decision
  }

  async close(): Promise<void> {
    await this.redress.close()
    await this.accounts.close()
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}

export function factsOf(policy: Policy): PolicyFacts {
  const { version, digest, title } = policy.view()
  return {
    version,
    digest,
    title,
    clause: (id) => {
      try {
        return policy.clause(id)
      } catch {
        return null
      }
    },
    clauses: () => allClauses(policy.document),
  }
}

/** A screen that finds cyber operations wherever its marker stands, and test strings; a marker, unlike those, counts. */
export class MarkerScreen extends StringScreen {
  static readonly MARKER = 'xyzzy-marker'
  override async classify(...given: Parameters<StringScreen['classify']>): Promise<Assessment> {
    const assessment = await super.classify(...given)
    if (!given[0].segments.some(({ text }) => text.includes(MarkerScreen.MARKER))) return assessment
    return { ...assessment, scores: { ...assessment.scores, cyber_operations: 0.97 } }
  }
}
