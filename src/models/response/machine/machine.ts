import type { Role } from '../../../staff/index.ts'
import type { Authority, MachineDefinition, TransitionDefinition } from './definition.ts'

/** Where one thing stands on its machine. */
export interface Position {
  readonly state: string
  /** Kinds of evidence that are on the case and still count. */
  readonly shown: ReadonlySet<string>
}

/** Somebody who takes part in a step, as they stand now. */
export interface Taker {
  readonly id: string
  readonly roles: ReadonlySet<Role>
}

/** Who takes it: the system, or people; of two, the first is who asks. */
export type Takers = 'system' | readonly Taker[]

export type Step =
  | { readonly taken: true; readonly position: Position }
  | { readonly taken: false; readonly why: string }

/** Runs a definition. Pure: the same step from the same position always ends the same. */
export class Machine {
  readonly definition: MachineDefinition

  constructor(definition: MachineDefinition) {
    this.definition = definition
  }

  start(): Position {
    return { state: this.definition.initial, shown: new Set() }
  }

  /** What the doors go by in this state. */
  effect({ state }: Pick<Position, 'state'>): string {
    return this.definition.states[state]?.effect ?? 'none'
  }

  /** The transition of this name, or null; never one that a prototype lends. */
  transition(name: string): TransitionDefinition | null {
    const { transitions } = this.definition
    return Object.hasOwn(transitions, name) ? (transitions[name] ?? null) : null
  }

  /** Names of the transitions that lead on from here, whether or not what they need is shown. */
  leadingFrom({ state }: Pick<Position, 'state'>): string[] {
    return Object.entries(this.definition.transitions).flatMap(([name, { from }]) =>
      from.includes(state) ? [name] : [],
    )
  }

  /** What is not shown yet for a transition, each as its alternatives. */
  missing({ shown }: Position, { needs }: TransitionDefinition): (readonly string[])[] {
    return needs.filter((kinds) => !kinds.some((kind) => shown.has(kind)))
  }

  /** Adds evidence; null for a kind that this machine does not know. */
  show(position: Position, kind: string): Position | null {
    if (!Object.hasOwn(this.definition.evidence, kind)) return null
    return { ...position, shown: new Set([...position.shown, kind]) }
  }

  /** Takes a transition, or says why it can't be. Whoever takes part and whatever is shown is checked again here. */
  take(position: Position, name: string, takers: Takers): Step {
    const transition = this.transition(name)
    if (transition === null) return refused(`there is no step "${name.slice(0, 60)}"`)
    const { from, to, authority, forgets } = transition
    if (!from.includes(position.state)) {
      const leading = this.leadingFrom(position)
      const others = leading.length === 0 ? 'nothing leads on from here' : `from here lead: ${leading.join(', ')}`
      return refused(`"${name}" does not lead on from ${position.state}; ${others}`)
    }
    const missing = this.missing(position, transition)
    if (missing.length > 0) {
      const kinds = missing.map((alternatives) => alternatives.join(' or ')).join('; ')
      return refused(`"${name}" needs evidence that is not on the case: ${kinds}`)
    }
    const why = refusalOf(authority, takers)
    if (why !== null) return refused(`"${name}" ${why}`)
    return { taken: true, position: { state: to, shown: forgets ? new Set() : position.shown } }
  }
}

function refused(why: string): Step {
  return { taken: false, why }
}

function refusalOf(authority: Authority, takers: Takers): string | null {
  if (authority.by === 'system') return takers === 'system' ? null : 'follows from evidence alone: nobody can take it'
  if (authority.by === 'one') {
    if (takers === 'system') return authority.orSystem === true ? null : 'takes a person'
    return takers.some(({ roles }) => holds(roles, authority.roles))
      ? null
      : `takes one of: ${authority.roles.join(', ')}`
  }
  const words = `takes two different people: one of ${authority.requesters.join(', ')} asks, then ${authority.seats.map((roles) => roles.join(' or ')).join(' and ')}`
  if (takers === 'system') return words
  const [asks, ...agree] = takers
  if (asks === undefined || !holds(asks.roles, authority.requesters)) return words
  const others = agree.filter(({ id }, i) => id !== asks.id && agree.findIndex((other) => other.id === id) === i)
  return seated(authority.seats, others) ? null : words
}

/** Whether every seat can be filled by a person of its own. Seats are few. */
function seated(seats: readonly (readonly Role[])[], people: readonly Taker[]): boolean {
  const [seat, ...rest] = seats
  if (seat === undefined) return true
  return people.some(
    ({ roles }, i) =>
      holds(roles, seat) &&
      seated(
        rest,
        people.filter((_, j) => j !== i),
      ),
  )
}

function holds(held: ReadonlySet<Role>, wanted: readonly Role[]): boolean {
  return wanted.some((role) => held.has(role))
}
