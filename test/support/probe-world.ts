import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '../../src/app.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { AttestationNote, Entries, EntryNote, World } from '../../src/controls/probes/world.ts'
import type { Actor, LedgerEntry } from '../../src/ledger/index.ts'
import type { Taker } from '../../src/models/response/index.ts'
import type { Role } from '../../src/staff/index.ts'
import { type SignedIn, signInAs } from './app-staff.ts'
import type { RunningApp } from './running-app.ts'

export const RSO: Actor = { type: 'staff', id: 'per_rso' }
const DAY_MS = 86_400_000

/** The real time, and later. */
export class ShiftedClock implements Clock {
  #offsetMs = 0

  now(): number {
    return Date.now() + this.#offsetMs
  }

  monotonic(): number {
    return performance.now() + this.#offsetMs
  }

  advance(ms: number): void {
    this.#offsetMs += ms
  }

  advanceDays(days: number): void {
    this.advance(days * DAY_MS)
  }
}

/** What probes look at in a running installation, and the hands by which a test breaks and mends it. */
export class ProbeWorld implements Disposable {
  readonly app: App
  readonly world: World
  readonly #running: RunningApp
  readonly #attested = new Map<string, AttestationNote>()
  readonly #dir = mkdtempSync(join(tmpdir(), 'safelevel-probes-'))
  #files = 0

  constructor(running: RunningApp) {
    this.#running = running
    this.app = running.app
    this.world = worldOf(running.app, this.#attested)
  }

  [Symbol.dispose](): void {
    rmSync(this.#dir, { recursive: true, force: true })
  }

  /** @param holds null: nobody has said anything any more */
  attest(control: string, holds: boolean | null): void {
    this.#attested.delete(control)
    if (holds === null) return
    const [at, until] = [0, 30].map((days) => new Date(this.app.clock.now() + days * DAY_MS).toISOString())
    this.#attested.set(control, { id: `att_${control}`, control, holds, by: RSO.id, at: at ?? '', until: until ?? '' })
  }

  signIn(...roles: Role[]): Promise<SignedIn> {
    return signInAs(this.#running, roles)
  }

  /** Takes every role from somebody. */
  async dismiss({ id }: SignedIn): Promise<void> {
    for (const { id: assignment } of await this.app.staff.assignments.list(id)) {
      await this.app.staff.assignments.end(assignment, RSO, 'left')
    }
  }

  /** Asked for by the first, agreed to by the others, each with their key; carried out. */
  async approved(action: string, payload: unknown, [asks, ...agree]: readonly SignedIn[]): Promise<string> {
    const { approvals } = this.app.staff
    let made = await approvals.request({ action, payload, reason: 'as prescribed', requester: asks?.id ?? '' })
    for (const { id, key } of agree) {
      const challenge = Buffer.from(made.digest, 'hex').toString('base64url')
      made = await approvals.approve(made.id, id, key.get({ challenge }))
    }
    if (made.state !== 'executed') throw new Error(`${action}: ${made.state} ${made.closedReason ?? ''}`)
    return made.id
  }

  /** Changes a record in the store, past every room and past the ledger. @returns puts it back */
  async tamper(kind: string, id: string, change: Record<string, unknown> | null): Promise<() => Promise<void>> {
    const { db } = this.app.staff.context.db
    const of = { kind, id }
    const where = () => db.selectFrom('modelRecord').selectAll().where('kind', '=', of.kind).where('id', '=', of.id)
    const row = await where().executeTakeFirstOrThrow()
    const write = (body: string) =>
      db.updateTable('modelRecord').set({ body }).where('kind', '=', kind).where('id', '=', id).execute()
    if (change === null) await db.deleteFrom('modelRecord').where('kind', '=', kind).where('id', '=', id).execute()
    else await write(JSON.stringify({ ...JSON.parse(row.body), ...change }))
    return async () => {
      if (change === null) await db.insertInto('modelRecord').values(row).execute()
      else await write(row.body)
    }
  }

  /** A record as the store has it. */
  async recordOf(kind: string, id: string): Promise<Record<string, string>> {
    const { db } = this.app.staff.context.db
    const rows = db.selectFrom('modelRecord').select('body').where('kind', '=', kind).where('id', '=', id)
    return JSON.parse((await rows.executeTakeFirstOrThrow()).body)
  }

  /** A file of results: so many tasks, tries each, of which some pass at their last try. */
  results(tasks: number, tries: number, passing: number): string {
    const path = join(this.#dir, `results-${++this.#files}.jsonl`)
    const began = new Date(this.app.clock.now()).toISOString()
    const header = JSON.stringify({ header: { began_at: began, n: this.#files } })
    const rows = Array.from({ length: tasks * tries }, (_, i) => {
      const task = Math.floor(i / tries)
      return JSON.stringify({ task: `t${task}`, passed: task < passing && i % tries === tries - 1 })
    })
    writeFileSync(path, [header, ...rows].join('\n'))
    return path
  }
}

/** One person who holds these roles, as the machines take part. */
export function taker(id: string, ...roles: Role[]): readonly Taker[] {
  return [{ id, roles: new Set(roles) }]
}

/** As the composition root wires it, but for the index of entries, which is read from the ledger each time. */
function worldOf(app: App, attested: ReadonlyMap<string, AttestationNote>): World {
  const { modelRooms, disclosure, weights } = app
  return {
    ...app,
    ...modelRooms,
    ...disclosure,
    ...weights,
    config: () => app.config,
    entries: entriesOf(app),
    attestations: {
      fresh: async (control) => {
        const note = attested.get(control)
        return note !== undefined && Date.parse(note.until) > app.clock.now() ? note : null
      },
    },
    holders: (roles) => modelRooms.officer.holders(roles),
    enforces: (surface) => app.enforces(surface),
    scaling: modelRooms.profiles,
  }
}

function entriesOf({ ledger }: App): Entries {
  const all = async () => {
    const entries: LedgerEntry[] = []
    for (let from = 0; from < ledger.size; from += 1_000) entries.push(...(await ledger.entries(from, 1_000)))
    return entries
  }
  const noteOf = ({ position, event }: LedgerEntry): EntryNote => ({
    ...{ entry: position, event: event?.kind ?? '', at: event?.time ?? '', subject: event?.subject.id ?? '' },
  })
  return {
    last: async (kind, subject) => {
      const found = (await all()).findLast(
        ({ event }) =>
          event !== null && [kind].flat().includes(event.kind) && (subject ?? event.subject.id) === event.subject.id,
      )
      return found === undefined ? null : noteOf(found)
    },
    each: async (kind, limit = 200) => {
      const newest = new Map(
        (await all()).filter(({ event }) => event?.kind === kind).map((e) => [noteOf(e).subject, e]),
      )
      return [...newest.values()].map(noteOf).toReversed().slice(0, limit)
    },
    event: async (entry) => (await ledger.entry(entry)).event,
  }
}
