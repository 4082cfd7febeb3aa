import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Happening } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { type Action, needsFreshKey, roleMay } from './actions.ts'
import { forbidden, notFound, type StaffContext, staffActor } from './context.ts'
import type { Change } from './journal.ts'
import { type Person, SESSION, type Session } from './records.ts'
import type { Role } from './roles.ts'
import { createToken, csrfToken, hashToken } from './secret.ts'
import { findStanding, type Standing } from './standing.ts'
import * as store from './store.ts'

/** How long after a touch of the security key highly sensitive actions are open. */
export const FRESH_MS = 300_000
const SEEN_EVERY_MS = 60_000
const KNOWN_SOURCE_MS = 90 * 86_400_000
const KNOWN_SESSIONS = 200
const MAX_TOKEN_CHARS = 100

/** Who sits at the other end, proven. */
export interface StaffIdentity {
  readonly person: Person
  readonly roles: ReadonlySet<Role>
  readonly standing: Standing
  readonly session: Session
  /** The security key was touched within the last five minutes. */
  readonly fresh: boolean
  /** What pages must send with every change. */
  readonly csrf: string
}

export interface StartedSession {
  readonly session: Session
  /** The secret that the cookie carries; nowhere else. */
  readonly token: string
}

/** From where somebody signs in. */
export interface Origin {
  /** Label that people recognise their device by. */
  readonly device: string
  /** Network address, as `sourceOf` gives it. */
  readonly source: string
}

/** Sessions of people: opaque tokens, hashed at rest, that end when idle, when old, or when somebody says so. */
export class Sessions {
  readonly #context: StaffContext
  constructor(context: StaffContext) {
    this.#context = context
  }

  /** A new session, as part of a change that the caller makes. */
  begin(person: Pick<Person, 'id'>, method: Session['method'], { device, source }: Origin): Change<StartedSession> {
    const { ids, clock, digest } = this.#context
    const token = createToken(ids)
    const now = iso(clock.now())
    const session: Session = {
      id: ids.next('ses'),
      personId: person.id,
      tokenHash: hashToken(token),
      method,
      device,
      source: digest(`staff-source\n${source}`),
      createdAt: now,
      lastSeenAt: now,
      freshAt: method === 'passkey' ? now : null,
      endedAt: null,
      endedReason: null,
    }
    const event = {
      kind: 'staff.signed_in',
      subject: { type: 'session', id: session.id },
      data: { person: person.id, method },
    }
    return {
      events: [{ ...event, actor: staffActor(person.id) }],
      puts: [store.put(SESSION, session)],
      result: { session, token },
    }
  }

  /** Who holds this token; null when nobody, when the session has ended, or when the person has left. */
  async authenticate(token: string): Promise<StaffIdentity | null> {
    if (token.length > MAX_TOKEN_CHARS) return null
    const { db } = this.#context.db
    const session = await store.findBy(db, SESSION, hashToken(token))
    const nowMs = this.#nowFor(session)
    if (session === null || !this.#isOpen(session, nowMs)) return null
    if (session.method === 'development' && !this.#context.config.developmentLogin) return null
    const development = this.#context.config.developmentLogin
    const standing = await findStanding(db, session.personId, { nowMs: this.#context.clock.now(), development })
    if (!standing?.person.active) return null
    if (nowMs - Date.parse(session.lastSeenAt) >= SEEN_EVERY_MS) {
      await store.refresh(db, SESSION, { ...session, lastSeenAt: iso(nowMs) })
    }
    return {
      person: standing.person,
      roles: standing.roles,
      standing,
      session,
      fresh: session.freshAt !== null && nowMs - Date.parse(session.freshAt) <= FRESH_MS,
      csrf: csrfToken(token),
    }
  }

  /** Ends one session at once. @throws {AppError} NOT_FOUND */
  end(id: string, by: string, reason: 'signed_out' | 'revoked'): Promise<void> {
    return this.#context.journal.make(staffActor(by), async (db) => {
      const session = await store.find(db, SESSION, id)
      if (session === null) throw notFound('session')
      if (session.endedAt !== null) return { events: [], result: undefined }
      const { events, puts } = this.ending([session], reason)
      return { events, puts, result: undefined }
    })
  }

  /**
   * Ends all of a person's at once: they sign in anew, with their key. Twice is the same as once.
   *
   * @param reason a code
   * @returns how many were open
   */
  endAll(personId: string, by: Actor, reason: string): Promise<number> {
    return this.#context.journal.make(by, async (db) => {
      const open = await store.list(db, SESSION, { personId, state: 'open' })
      const { events, puts } = this.ending(open, reason)
      return { events, puts, result: open.length }
    })
  }

  /** The end of these sessions, as part of a change that the caller makes. */
  ending(sessions: readonly Session[], reason: string): { events: Happening[]; puts: store.Row[] } {
    const endedAt = iso(this.#context.clock.now())
    return {
      events: sessions.map(({ id, personId }) => ({
        kind: 'staff.session_ended',
        subject: { type: 'session', id },
        data: { person: personId, reason },
      })),
      puts: sessions.map((session) => store.put(SESSION, { ...session, endedAt, endedReason: reason })),
    }
  }

  /** Those of a person that are open. */
  async list(personId: string): Promise<Session[]> {
    const sessions = await store.list(this.#context.db.db, SESSION, { personId, state: 'open' })
    return sessions.filter((session) => this.#isOpen(session, this.#nowFor(session)))
  }

  /** Whether a person has signed in from here in the last 90 days. */
  async knows(personId: string, source: string): Promise<boolean> {
    const known = this.#context.digest(`staff-source\n${source}`)
    const since = this.#context.clock.now() - KNOWN_SOURCE_MS
    const sessions = await store.list(this.#context.db.db, SESSION, {
      personId,
      newestFirst: true,
      limit: KNOWN_SESSIONS,
    })
    return sessions.some((session) => session.source === known && Date.parse(session.createdAt) > since)
  }

  #isOpen({ endedAt, createdAt, lastSeenAt }: Session, nowMs: number): boolean {
    const { sessionIdleMs, sessionMaxMs } = this.#context.config
    return (
      endedAt === null && nowMs - Date.parse(lastSeenAt) < sessionIdleMs && nowMs - Date.parse(createdAt) < sessionMaxMs
    )
  }

  /** A clock that was set back gives no session more time. */
  #nowFor(session: Session | null): number {
    return Math.max(this.#context.clock.now(), session === null ? 0 : Date.parse(session.lastSeenAt))
  }
}

/**
 * Lets pass who may do this; the one question that every route asks.
 *
 * @throws {AppError} FORBIDDEN (no role for it), TOUCH_REQUIRED
 */
export function authorise(identity: StaffIdentity, action: Action): void {
  if (!roleMay(identity.roles, action)) throw forbidden('none of your roles in force may do this')
  if (needsFreshKey(action)) requireFreshKey(identity)
}

/** @throws {AppError} TOUCH_REQUIRED */
export function requireFreshKey(identity: Pick<StaffIdentity, 'fresh'>): void {
  if (identity.fresh) return
  throw new AppError('TOUCH_REQUIRED', 'touch your security key first: the last touch is more than five minutes ago')
}
