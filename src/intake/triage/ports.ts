import type { ChatApi, ChatRequest, WireAnswer } from '../../asking/index.ts'
import type { THROUGH } from './schema.ts'

export type Through = (typeof THROUGH)[number]

/** What is deployed under a name, at this moment. */
export interface Target {
  readonly deployment: string
  readonly checkpoint: string
  /** As the gateway calls it. */
  readonly model: string
  /** As its own server calls it. */
  readonly upstreamModel: string
  readonly api: ChatApi
}

/** The way to what is deployed. */
export interface ModelPort {
  /** @throws {AppError} NOT_FOUND, CONFLICT: the gateway serves it not, or not as a chat */
  target(deployment: string): Promise<Target>
  /**
   * Asks once. `gateway`: through our own front door, under a key that counts no strikes; `model`: past it.
   *
   * @throws when nobody answers
   */
  ask(target: Target, request: ChatRequest, through: Through, signal: AbortSignal): Promise<WireAnswer>
}

export interface Found {
  readonly id: string
  readonly digest: string | null
  readonly at: string | null
}

/** What a report led to, in other rooms. Each answers null for what it doesn't know. */
export interface LinkPort {
  policyVersion(reference: string): Promise<Found | null>
  checkpoint(id: string): Promise<Found | null>
  /** The card in force of a model line, or of this checkpoint. */
  card(model: string, checkpoint: string | null): Promise<Found | null>
  /** Where the ledger tells of these, oldest first. */
  positions(
    ids: readonly string[],
  ): Promise<readonly { readonly id: string; readonly kind: string; readonly position: number }[]>
}
