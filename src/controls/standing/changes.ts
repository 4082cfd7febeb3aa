import { hash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { type Happening, put } from '../../journal/index.ts'
import { canonicalJson } from '../../ledger/index.ts'
import type { ControlId } from '../catalogue/index.ts'
import type { Finding, State } from '../probe.ts'
import { type ControlsContext, SYSTEM } from './context.ts'
import { CHANGE, RECORDED, type Recorded, records } from './records.ts'
import type { ControlChange } from './schema.ts'

/** What isn't up yet at the start of a process is no news. */
const SETTLE_MS = 15_000
/** That nobody can say, or not any more, must last so long before it is on record: a busy machine answers late. */
const CONFIRM_MS = 40_000

/** Puts on record how controls stand, change by change, so that they have a history. */
export class Changes {
  readonly #context: ControlsContext
  readonly #openedMs: number
  /** Control -> since when, on the monotonic clock, it has stood otherwise than is on record. */
  readonly #waiting = new Map<ControlId, { readonly state: State; readonly sinceMs: number }>()

  constructor(context: ControlsContext) {
    this.#context = context
    this.#openedMs = context.clock.monotonic()
  }

  /** As far as it is on record. */
  async recorded(): Promise<ReadonlyMap<string, Recorded>> {
    const all = await records.list(this.#context.db.db, RECORDED)
    return new Map(all.map((one) => [one.control, one]))
  }

  /** Newest first. @param before the id of a change: only older ones */
  of(control: string, limit: number, before?: string): Promise<ControlChange[]> {
    return records.list(this.#context.db.db, CHANGE, { about: control, order: 'newest', limit, after: before })
  }

  /** The newest of all controls, newest first. */
  latest(limit: number): Promise<ControlChange[]> {
    return records.list(this.#context.db.db, CHANGE, { order: 'newest', limit })
  }

  /**
   * Records what has changed. How each stood when somebody first looked is one event for all of them.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE: it is tried again at the next look
   */
  async note(standing: ReadonlyMap<ControlId, Finding>): Promise<void> {
    const { clock, journal, ids } = this.#context
    if (clock.monotonic() - this.#openedMs < SETTLE_MS) return
    const before = await this.recorded()
    const news = [...standing].filter(([control, { state }]) => this.#isNews(control, state, before.get(control)))
    if (news.length === 0) return
    await journal.make(SYSTEM, async (db) => {
      const at = iso(clock.now())
      const stored = await records.findMany(
        db,
        RECORDED,
        news.map(([control]) => control),
      )
      const made = news.flatMap(([control, finding]) => {
        const from = stored.get(control)?.state ?? null
        return from === finding.state ? [] : [changeOf(ids.next('evt'), { control, from, finding, at })]
      })
      const first = made.filter(({ from }) => from === null)
      const events = [
        ...(first.length === 0 ? [] : [firstLook(first)]),
        ...made.flatMap((change) => (change.from === null ? [] : eventsOf(change))),
      ]
      const puts = made.flatMap((change) => [
        put(CHANGE, change),
        put(RECORDED, { control: change.control, state: change.to, since: at }),
      ])
      return { events, puts, result: null }
    })
    for (const [control] of news) this.#waiting.delete(control)
  }

  #isNews(control: ControlId, state: State, before: Recorded | undefined): boolean {
    if (before?.state === state) {
      this.#waiting.delete(control)
      return false
    }
    if (before === undefined || state === 'holds' || state === 'fails') return true
    const nowMs = this.#context.clock.monotonic()
    const waiting = this.#waiting.get(control)
    if (waiting?.state === state) return nowMs - waiting.sinceMs >= CONFIRM_MS
    this.#waiting.set(control, { state, sinceMs: nowMs })
    return false
  }
}

interface News {
  readonly control: ControlId
  readonly from: State | null
  readonly finding: Finding
  readonly at: string
}

function changeOf(id: string, { control, from, finding, at }: News): ControlChange {
  const { state: to, says } = finding
  const evidence = [...finding.evidence]
  return { id, control, from, to, at, says, evidence, digest: hash('sha256', canonicalJson({ says, evidence })) }
}

/** Words and evidence stay with the record: the ledger has their digest. */
function eventsOf({ id, control, from, to, digest }: ControlChange): Happening[] {
  const about = { subject: { type: 'control', id: control }, digests: { finding: digest }, data: { from, to } }
  const changed = { kind: 'control.changed', eventId: id, ...about }
  return from === 'holds' ? [changed, { kind: 'control.drifted', ...about }] : [changed]
}

function firstLook(changes: readonly ControlChange[]): Happening {
  const states = Object.fromEntries(changes.map(({ control, to }) => [control, to]))
  const digest = hash('sha256', canonicalJson(changes.map((change) => change.digest)))
  return {
    kind: 'control.first_looked',
    subject: { type: 'controls', id: 'catalogue' },
    digests: { findings: digest },
    data: { states },
  }
}
