import type { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { Approval } from './approval.ts'
import type { ApprovalRule } from './rule.ts'

/** What a room is told when what it asked for was decided. */
export interface Approved {
  /** Names the decision. An effect that carries it can be found again. */
  readonly id: string
  readonly requester: string
  readonly approvers: readonly string[]
  readonly approvedAt: string
  /** End of the effect, counted from the approval; null = none. */
  readonly effectiveUntil: string | null
  /** SHA-256 of the statement, hex. */
  readonly digest: string
}

/** An action that several people decide on, as its room registers it. */
export interface ActionDefinition<P> {
  /** What can be asked for. Parsed again before it is carried out. */
  readonly schema: z.ZodType<P>
  /** Who asks must have touched their security key within five minutes. Leave it out for halting, which must be quick. */
  readonly fresh?: boolean
  /** Who decides; `bootstrap` while the installation is in its first days. */
  rule(payload: P, state: { readonly bootstrap: boolean }): ApprovalRule
  /** How long the effect lasts, milliseconds; absent or null = without end. */
  effectMs?(payload: P): number | null
  /** Refuses what can't be done anyway, before people are asked. */
  check?(payload: P, requester: string): Promise<void>
  /**
   * Somebody for whom the request is not there: whom it is about, where its rule can't name them, since everybody who may read the request
   * would learn it. They neither see it nor decide on it.
   */
  conceals?(payload: P, personId: string): Promise<boolean>
  /**
   * Carries it out. One process calls it at a time, and never again once it has resolved. After a crash in the middle it is called again
   * with the same `approved.id`: what it stores must carry that id, so that a second call finds the work of the first.
   *
   * @throws {AppError} below 500: it can't be done, and the approval fails; anything else: it is tried again.
   */
  execute(payload: P, approved: Approved): Promise<void>
}

/** A request that fits its action. */
export interface Prepared {
  readonly payload: unknown
  rule(state: { readonly bootstrap: boolean }): ApprovalRule
  readonly effectMs: number | null
  check(requester: string): Promise<void>
  conceals(personId: string): Promise<boolean>
  execute(approved: Approved): Promise<void>
}

/** The actions that rooms have registered. Nothing outside can carry one out. */
export class ActionRegistry {
  readonly #actions = new Map<string, (payload: unknown) => Prepared>()
  readonly #fresh = new Set<string>()
  readonly #concealing = new Set<string>()

  /** @throws {AppError} INTERNAL when the name is taken */
  register<P>(name: string, definition: ActionDefinition<P>): void {
    if (this.#actions.has(name)) throw new AppError('INTERNAL', `the action ${name} is registered twice`)
    if (definition.fresh === true) this.#fresh.add(name)
    if (definition.conceals !== undefined) this.#concealing.add(name)
    this.#actions.set(name, (given) => {
      const parsed = definition.schema.safeParse(given)
      if (!parsed.success) throw new AppError('REQUEST_INVALID', `payload: ${problems(parsed.error)}`)
      const payload = parsed.data
      return {
        payload,
        rule: (state) => definition.rule(payload, state),
        effectMs: definition.effectMs?.(payload) ?? null,
        check: async (requester) => definition.check?.(payload, requester),
        conceals: async (personId) => (await definition.conceals?.(payload, personId)) ?? false,
        execute: (approved) => definition.execute(payload, approved),
      }
    })
  }

  /** Whether requests for it may have to be kept from somebody. */
  mayConceal(name: string): boolean {
    return this.#concealing.has(name)
  }

  has(name: string): boolean {
    return this.#actions.has(name)
  }

  needsFreshKey(name: string): boolean {
    return this.#fresh.has(name)
  }

  names(): string[] {
    return [...this.#actions.keys()]
  }

  /** @throws {AppError} NOT_FOUND for an action that no room has registered, REQUEST_INVALID */
  prepare(name: string, payload: unknown): Prepared {
    const prepare = this.#actions.get(name)
    if (prepare === undefined) throw new AppError('NOT_FOUND', 'no room here has an action of this name')
    return prepare(payload)
  }
}

/** What a room is told of a decision. */
export function toApproved(approval: Approval): Approved {
  return {
    id: approval.id,
    requester: approval.requester,
    approvers: approval.approvers,
    approvedAt: approval.approvedAt ?? approval.requestedAt,
    effectiveUntil: approval.effectiveUntil,
    digest: approval.digest,
  }
}

function problems(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ')
}
