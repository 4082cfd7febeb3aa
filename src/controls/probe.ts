import type { ControlId } from './catalogue/schema.ts'

/** `unknown`: nobody can say, which is never shown as if it held. `stale`: it did hold, and what shows it is too old. */
export const STATES = ['holds', 'fails', 'stale', 'unknown'] as const
export type State = (typeof STATES)[number]

/** What a state rests on. */
export type Evidence =
  /** An entry of the ledger, which anybody entitled can have proven. */
  | { readonly kind: 'entry'; readonly entry: number; readonly event: string; readonly at: string }
  /** A record of a room: a card, a person's role, a deployment. */
  | { readonly kind: 'record'; readonly type: string; readonly id: string }
  /** What the probe itself saw, now. */
  | { readonly kind: 'seen'; readonly says: string }

export interface Finding {
  readonly state: State
  /** In a line: what was seen, or what is wrong, with names and numbers. */
  readonly says: string
  readonly evidence: readonly Evidence[]
  /** What mends it: a command, or a page of the console. */
  readonly next?: string
}

/** Looks at one control, at live state and at evidence on the ledger; never at what somebody merely configured if it can be seen working. */
export interface Probe {
  readonly control: ControlId
  /** Bounded: at most 5 s, after which it counts as unknown. */
  look(): Promise<Finding>
}
