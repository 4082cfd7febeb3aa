import { AppError } from '../../base/errors.ts'
import { pointerOf, stepsOf } from './read.ts'
import { AUDIENCES, type Audience, ModelCard } from './schema.ts'

/** That something is kept back, for whom it is, and why: the register that everybody reads. */
export interface Redaction {
  readonly path: string
  readonly audience: Exclude<Audience, 'public'>
  readonly reason: string
}

/** A card as one audience reads it. */
export interface CardView {
  readonly card: ModelCard
  readonly audience: Audience
  /** What this audience doesn't see. */
  readonly withheld: readonly Redaction[]
  /** With what it doesn't see: never to be shown, but places of findings count in it. */
  readonly whole: ModelCard
}

/** Without these a card is none, or keeps back that it keeps back; and evidence stays, so that a claim never rests on nothing. */
const NEVER = [
  /^\/format$/,
  /^\/identity(\/(model|checkpoint|title))?$/,
  /^\/withheld/,
  /^\/freshness/,
  /^\/deployment\/level$/,
  /^\/reporting/,
  /\/evidence(\/|$)/,
]

export function mayWithhold(path: string): boolean {
  return !NEVER.some((never) => never.test(path))
}

/** Whether somebody of `audience` reads what is meant for `meantFor`. */
export function maySee(audience: Audience, meantFor: Audience): boolean {
  return AUDIENCES.indexOf(meantFor) <= AUDIENCES.indexOf(audience)
}

/**
 * A card as an audience may read it: what is kept back is gone from it, and stands in the register.
 *
 * @throws {AppError} CONFLICT when a part can't be taken out alone: nothing is shown then rather than too much.
 */
export function viewFor(card: ModelCard, audience: Audience): CardView {
  const withheld = card.withheld.filter((one) => !maySee(audience, one.audience))
  if (withheld.length === 0) return { card, audience, withheld, whole: card }
  // Later items first, so that those before keep their places.
  const value: unknown = JSON.parse(JSON.stringify(card))
  for (const { path } of withheld.toSorted(byPlaceDown)) remove(value, stepsOf(path))
  const parsed = ModelCard.safeParse(value)
  if (!parsed.success) {
    const at = pointerOf((parsed.error.issues[0]?.path ?? []).map(String))
    throw new AppError('CONFLICT', `what is withheld leaves ${at} without what it needs: withhold the whole of it`)
  }
  return { card: parsed.data, audience, withheld, whole: card }
}

/** Whether there is something at this place that could be kept back. */
export function standsAt(card: ModelCard, path: string): boolean {
  let value: unknown = card
  for (const step of stepsOf(path)) value = stepInto(value, step)
  return !(value == null || (Array.isArray(value) && value.length === 0))
}

function byPlaceDown({ path: a }: Redaction, { path: b }: Redaction): number {
  const [left, right] = [stepsOf(a), stepsOf(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [one, other] = [left[i], right[i]]
    if (one === other) continue
    // What lies deeper goes first: its parent may go after it, and takes nothing else along.
    if (one === undefined) return 1
    if (other === undefined) return -1
    if (typeof one === 'number' && typeof other === 'number') return other - one
    return String(one) < String(other) ? -1 : 1
  }
  return 0
}

function remove(value: unknown, steps: readonly (string | number)[]): void {
  const last = steps.at(-1)
  let parent: unknown = value
  for (const step of steps.slice(0, -1)) parent = stepInto(parent, step)
  if (last === undefined || typeof parent !== 'object' || parent === null) return
  if (Array.isArray(parent)) {
    if (typeof last === 'number') parent.splice(last, 1)
  } else Reflect.deleteProperty(parent, String(last))
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return Reflect.get(value, step)
}
