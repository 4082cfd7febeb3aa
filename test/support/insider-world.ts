import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import { type LedgerEntry, type LedgerEvent, recordedEvent } from '../../src/ledger/index.ts'
import type { Role } from '../../src/staff/index.ts'
import { detection } from '../../src/weights/insider/detection.ts'
import {
  type ContainmentPort,
  Insider,
  type InsiderConfig,
  parseInsiderConfig,
  type Viewer,
} from '../../src/weights/insider/index.ts'
import { RuleSet } from '../../src/weights/insider/rules/index.ts'
import { Engine } from '../../src/weights/insider/watch/engine.ts'
import type { EnginePort } from '../../src/weights/insider/watch/engine-thread.ts'
import { type Member, type MemoryLog, StaffWorld } from './staff-world.ts'

/** Detection in this process, by the models of behaviour alone. */
export function localEngine(config: InsiderConfig): EnginePort {
  const engine = new Engine(detection(config, RuleSet.parse([])))
  return {
    feed: async (activities, nowMs) => ({ fed: engine.feed(activities, nowMs), newestMs: engine.newestMs }),
    restore: async (state) => ({
      fed: engine.restore(Buffer.from(state).toString('utf8')),
      newestMs: engine.newestMs,
    }),
    snapshot: async () => Buffer.from(engine.snapshot()),
    standings: async (most) => engine.standings(most),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** A ledger's events as those who follow it read them. */
export class ReadableLog {
  readonly origin = 'test.example/log'
  readonly #log: MemoryLog
  constructor(log: MemoryLog) {
    this.#log = log
  }

  append(event: LedgerEvent) {
    return this.#log.append(event)
  }

  get size(): number {
    return this.#log.events.length
  }

  refresh = async () => this.size
  listen = () => () => {}
  proof = () => Promise.reject(new Error('no proofs here'))

  recorded = async (from: number, limit: number) =>
    this.#log.events.slice(from, from + limit).map((event, i) => ({ ...recordedEvent(from + i, event), event }))

  entries = async (from: number, limit: number): Promise<LedgerEntry[]> =>
    (await this.recorded(from, limit)).map(({ position, event }) => ({
      ...{ position, event, recordedAt: event.time, leafHash: '0'.repeat(64) },
    }))
}

/** What was done about people, and how it may fail. */
export class ToldContainment implements ContainmentPort {
  readonly done: string[] = []
  failing = false

  async stepUp(person: string): Promise<void> {
    this.#do(`step_up ${person}`)
  }

  async revokeGrants(person: string): Promise<number> {
    this.#do(`revoke_grants ${person}`)
    return 2
  }

  async lock(person: string, shown: string): Promise<string> {
    this.#do(`lock ${person} as ${shown}`)
    return `lck_of_${shown}`
  }

  #do(what: string): void {
    if (this.failing) throw new Error('the store is away')
    this.done.push(what)
  }
}

/** The insider-threat programme over a staff with people in it, on one store; emptied at the start. */
export class InsiderWorld implements AsyncDisposable {
  readonly staff: StaffWorld
  readonly containment = new ToldContainment()
  readonly ledger: ReadableLog
  insider!: Insider
  #config: Record<string, unknown>
  readonly #dir = mkdtempSync(join(tmpdir(), 'safelevel-insider-'))
  readonly #opened: Insider[] = []

  private constructor(staff: StaffWorld, config: Record<string, unknown>) {
    this.staff = staff
    this.#config = config
    this.ledger = new ReadableLog(staff.log)
  }

  static async open(handle: DbHandle, config: Record<string, unknown> = {}): Promise<InsiderWorld> {
    for (const table of ['insiderRecord', 'insiderText', 'insiderTurn', 'insiderState', 'insiderImport'] as const)
      await handle.db.deleteFrom(table).execute()
    const world = new InsiderWorld(await StaffWorld.open(handle), config)
    world.insider = await world.another()
    world.insider.register(world.staff.staff.approvals)
    return world
  }

  /** As another replica opens it, or this one after a crash. */
  async another(): Promise<Insider> {
    const { handle, clock, ids } = this.staff
    const made = await Insider.open({
      ...{ db: handle, ledger: this.ledger, clock, ids, log: silentLog },
      ...{ config: parseInsiderConfig(this.#config), keysDir: this.#dir, containment: this.containment },
      staff: {
        knows: async (person) => person.startsWith('per_'),
        principalsOf: async (person) => this.viewerOf(person).then(({ principals }) => principals),
        peopleOf: async () => (name) => (name.startsWith('per_') ? name : null),
        analysts: async () => 2,
      },
      engine: localEngine,
    })
    this.#opened.push(made)
    return made
  }

  member(...roles: Role[]): Promise<Member> {
    return this.staff.member(roles)
  }

  async viewer(member: Pick<Member, 'id'>): Promise<Viewer> {
    return this.viewerOf(member.id)
  }

  async viewerOf(personId: string): Promise<Viewer> {
    const held = await this.staff.staff.assignments.list(personId)
    return {
      personId,
      roles: new Set(held.map(({ role }) => role)),
      principals: held.flatMap(({ deputyFor }) => (deputyFor === null ? [] : [deputyFor])),
    }
  }

  /** Somebody touches a canary: certain, whatever else is known. */
  touch(person: string): Promise<unknown> {
    return this.record('weights.canary_touched', person, { canary: true })
  }

  async record(
    kind: string,
    person: string,
    data: LedgerEvent['data'] = {},
    subject = { type: 'weights_canary', id: 'can_1' },
  ): Promise<string> {
    const { clock, ids, log } = this.staff
    const id = ids.next('evt')
    const actor = { type: 'staff' as const, id: person }
    const time = new Date(clock.now()).toISOString()
    await log.append({ id, time, kind, actor, subject, digests: {}, data })
    return id
  }

  /** What the programme recorded. */
  events(kind = ''): LedgerEvent[] {
    return this.staff.log.events.filter((event) => event.kind.startsWith(`insider.${kind}`))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#opened) await one[Symbol.asyncDispose]()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}
