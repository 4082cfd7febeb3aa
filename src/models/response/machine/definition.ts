import type { Role } from '../../../staff/index.ts'

/**
 * Who may take a transition.
 *
 * - `one`: one person of these roles, or the system where it says so. For halting and for all that makes things stricter.
 * - `two`: somebody of `requesters` asks, and then every seat is filled by a different person, none of them who asked.
 * - `system`: what the evidence of another room says; no person can.
 */
export type Authority =
  | { readonly by: 'one'; readonly roles: readonly Role[]; readonly orSystem?: true }
  | {
      readonly by: 'two'
      readonly requesters: readonly Role[]
      readonly seats: readonly (readonly Role[])[]
    }
  | { readonly by: 'system' }

export interface StateDefinition {
  readonly title: string
  /** What holds while this is so, for who reads the page. */
  readonly says: string
  /** What the doors go by: whether training may run, who is served. */
  readonly effect: string
}

export interface TransitionDefinition {
  readonly title: string
  readonly from: readonly string[]
  readonly to: string
  readonly authority: Authority
  /** Every one of these, each by any of its kinds, must be on the case. */
  readonly needs: readonly (readonly string[])[]
  /** Loosens what holds: taken only by two different people, or by what was shown. */
  readonly favourable: boolean
  /** What was shown before counts no more from here on. */
  readonly forgets?: true
  /** Where the rule comes from. */
  readonly source: string
}

/** One machine, whole: what the code runs, what the documents draw and what the tests enumerate. */
export interface MachineDefinition {
  readonly name: string
  readonly title: string
  readonly initial: string
  readonly states: Readonly<Record<string, StateDefinition>>
  /** Where else a thing may begin that was there before the machine was. */
  readonly alsoStarts?: readonly string[]
  /** What can be shown, what each is, and who shows it: what the system shows follows from other evidence, and no person can claim it. */
  readonly evidence: Readonly<Record<string, { readonly says: string; readonly by: 'person' | 'system' }>>
  readonly transitions: Readonly<Record<string, TransitionDefinition>>
}
