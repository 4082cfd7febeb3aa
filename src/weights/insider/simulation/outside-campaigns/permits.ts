import type { Actor, Approval, Grant, GrantRequest, Stage } from '../campaign.ts'
import type { Host, Person } from '../world/world.ts'
import { isApprover, isOfficer } from './aims.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Days that somebody waits for an answer before they give up. */
const PATIENCE_DAYS = 4

export interface Asking {
  /** When it is asked; some time at work where left out. */
  readonly atMs?: number
  /** Where it is asked from and will be opened on; the person's own first host where left out. */
  readonly host?: Host
  /** Accomplices who agree, in this order, and how fast they do; others decide as they always do where left out. */
  readonly friends?: readonly Person[]
  readonly friendLookMs?: number
}

/** Asks for a grant today and has it agreed to, today or soon. @returns null where nobody agreed in time */
export function* obtain(
  stage: Stage,
  person: Person,
  asked: GrantRequest,
  { atMs = stage.moment(person, 'work'), host, friends = [], friendLookMs }: Asking = {},
): Generator<void, Grant | null, void> {
  const approval = from(stage, person, atMs, host).requestGrant(asked)
  for (let waited = 0; waited <= PATIENCE_DAYS; waited++) {
    const grant = agree(stage, approval, friends, friendLookMs)
    if (grant !== undefined) return grant
    yield
  }
  return null
}

/** One that stands and has bytes left, ordinary or of before; else a new one. */
export function* permit(
  stage: Stage,
  person: Person,
  asked: GrantRequest,
  asking: Asking = {},
): Generator<void, Grant | null, void> {
  return standing(stage, person, asked) ?? (yield* obtain(stage, person, asked, asking))
}

export function standing(stage: Stage, person: Person, { version, use }: GrantRequest): Grant | null {
  const fit = stage
    .grants(person)
    .filter((grant) => grant.version.id === version.id && (use === undefined || grant.use === use))
    .filter((grant) => grant.expiresMs > stage.dayMs + 36 * HOUR_MS)
    .filter((grant) => left(grant) > grant.budgetBytes / 50)
  return fit.at(-1) ?? null
}

/** Bytes that a grant still gives. */
export function left({ budgetBytes, spentBytes }: Grant): number {
  return budgetBytes - spentBytes
}

/** At the machine that the grant is for. */
export function opener(stage: Stage, grant: Grant, atMs: number): Actor {
  return stage.actor(grant.person, atMs).on(grant.host)
}

export function from(stage: Stage, person: Person, atMs: number, host?: Host): Actor {
  const actor = stage.actor(person, atMs)
  return host === undefined ? actor : actor.on(host)
}

/** Has whatever was asked agreed to by as many as it needs. @returns undefined where nobody who could is at work today */
function agree(
  stage: Stage,
  approval: Approval,
  friends: readonly Person[],
  friendLookMs: number | undefined,
): Grant | null | undefined {
  let nowMs = Math.max(approval.requestedMs, stage.dayMs)
  let grant: Grant | null = null
  const agreed: Person[] = []
  for (let given = 0; given < approval.needed; given++) {
    const friend = friends[given]
    const person = friend ?? decider(stage, [approval.requester, ...agreed], given)
    if (person === null) return undefined
    nowMs = friend === undefined ? lookedAt(stage, person, nowMs) : nowMs + (friendLookMs ?? 5 * MINUTE_MS)
    grant = stage.actor(person, nowMs).approve(approval)
    agreed.push(person)
  }
  return grant
}

/** Somebody at work who may decide, first an approver, then an officer, then whoever there is. */
function decider(stage: Stage, others: readonly Person[], given: number): Person | null {
  const fits = (is: (person: Person) => boolean) => (person: Person) =>
    is(person) && stage.isAtWork(person) && !others.some(({ id }) => id === person.id)
  const [first, second] = given === 0 ? [isApprover, isOfficer] : [isOfficer, isApprover]
  return stage.colleague(fits(first)) ?? stage.colleague(fits(second))
}

/** When somebody has looked at a request as long as they always do, within their shift where that goes. */
function lookedAt(stage: Stage, person: Person, askedMs: number): number {
  const { startMs, endMs } = stage.shift(person)
  const looksMs = stage.draw.logNormal(person.habits.lookMinutes, 0.6) * MINUTE_MS
  const beginsMs = Math.max(askedMs, startMs)
  return beginsMs + (beginsMs + looksMs > endMs ? Math.min(looksMs, HOUR_MS) : looksMs)
}

/** Asks for something else than weights, and has it agreed to by these people. */
export function passThrough(stage: Stage, actor: Actor, action: string, people: readonly Person[], lookMs: number) {
  const approval = actor.request(action)
  let nowMs = approval.requestedMs
  for (const person of people.slice(0, approval.needed)) {
    nowMs += lookMs
    stage.actor(person, nowMs).approve(approval)
  }
  return approval
}
