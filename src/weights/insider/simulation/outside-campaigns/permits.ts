import type { Actor, Approval, Grant, GrantRequest, Stage } from '../campaign.ts'
import type { Host, ModelFile, ModelVersion, Person } from '../world/world.ts'
import { isApprover, isOfficer } from './aims.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Days that somebody waits for an answer before they give up. */
const PATIENCE_DAYS = 4
/** A grant with less left is as good as spent. */
const LEAST_BYTES = 128 * 2 ** 20

export interface Asking {
  /** When it is asked; some time at work where left out. */
  readonly atMs?: number
  /** Where it is asked from and will be opened on; the person's own first host where left out. */
  readonly host?: Host
  /** Accomplices who agree, in this order, and how fast they do; others decide as they always do where left out. */
  readonly friends?: readonly Person[] | undefined
  readonly friendLookMs?: number | undefined
}

/** Asks for a grant today and has it agreed to, today or soon. @returns null where nobody agreed in time */
export function* obtain(
  stage: Stage,
  person: Person,
  asked: GrantRequest,
  { atMs = stage.moment(person, 'work'), host = usualHost(stage, person), friends, friendLookMs }: Asking = {},
): Generator<void, Grant | null, void> {
  const approval = from(stage, person, atMs, host).requestGrant(asked)
  for (let waited = 0; waited <= PATIENCE_DAYS; waited++) {
    const askedMs = waited === 0 ? approval.requestedMs : Math.max(approval.requestedMs, stage.dayMs)
    const grant = agree(stage, approval, askedMs, { friends, friendLookMs })
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
  return standing(stage, person, asked, asking.host) ?? (yield* obtain(stage, person, asked, asking))
}

export function standing(stage: Stage, person: Person, asked: GrantRequest, host?: Host): Grant | null {
  const fits = (grant: Grant) =>
    covers(grant, asked) && lasts(stage, grant) && (host === undefined || grant.host.id === host.id)
  return stage.grants(person).findLast(fits) ?? null
}

function covers(grant: Grant, { version, use, files = plainFiles(version) }: GrantRequest): boolean {
  if (grant.version.id !== version.id || (use !== undefined && grant.use !== use)) return false
  const positions = new Set(grant.files.map(({ position }) => position))
  return files.every(({ position }) => positions.has(position))
}

/** Whether a grant is good for another day of reading. */
export function lasts(stage: Stage, grant: Grant): boolean {
  return grant.expiresMs > stage.dayMs + 36 * HOUR_MS && left(grant) > Math.max(LEAST_BYTES, grant.budgetBytes / 50)
}

function plainFiles({ files }: ModelVersion): ModelFile[] {
  return files.filter(({ isCanary }) => !isCanary)
}

/** Bytes that a grant still gives. */
export function left({ budgetBytes, spentBytes }: Grant): number {
  return budgetBytes - spentBytes
}

/** At the machine that the grant is for. */
export function opener(stage: Stage, grant: Grant, atMs: number): Actor {
  return stage.actor(grant.person, atMs).on(grant.host)
}

/** Where somebody has opened weights before, else the machine that they would open them on. */
function usualHost(stage: Stage, person: Person): Host | undefined {
  return stage.grants(person).at(-1)?.host ?? person.hosts[1] ?? person.hosts[0]
}

export function from(stage: Stage, person: Person, atMs: number, host?: Host): Actor {
  const actor = stage.actor(person, atMs)
  return host === undefined ? actor : actor.on(host)
}

/** Has whatever was asked agreed to by as many as it needs. @returns undefined where nobody who could is at work today */
function agree(
  stage: Stage,
  approval: Approval,
  askedMs: number,
  { friends = [], friendLookMs }: Pick<Asking, 'friends' | 'friendLookMs'>,
): Grant | null | undefined {
  let nowMs = askedMs
  let grant: Grant | null = null
  const agreed: Person[] = []
  for (let given = 0; given < approval.needed; given++) {
    const friend = friends[given]
    const person = friend ?? decider(stage, [approval.requester, ...agreed], nowMs)
    if (person === null) return undefined
    nowMs = friend === undefined ? lookedAt(stage, person, nowMs) : nowMs + (friendLookMs ?? 5 * MINUTE_MS)
    grant = stage.actor(person, nowMs).approve(approval)
    agreed.push(person)
  }
  return grant
}

/** Somebody who may decide and is there at that moment, or at least that day. */
function decider(stage: Stage, others: readonly Person[], atMs: number): Person | null {
  const may = (person: Person) =>
    (isApprover(person) || isOfficer(person)) && stage.isAtWork(person) && !others.some(({ id }) => id === person.id)
  const isThere = (person: Person) => stage.shift(person).startMs <= atMs && atMs <= stage.shift(person).endMs
  return stage.colleague((person) => may(person) && isThere(person)) ?? stage.colleague(may)
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
