import type { Message } from '../message.ts'

/** A delivery that failed. `gone`: trying again is pointless, or was asked not to be. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly gone: boolean
  /** When the other side asked to be left alone until, milliseconds from now. */
  readonly retryAfterMs: number | null
  constructor(
    message: string,
    {
      gone = false,
      retryAfterMs = null as number | null,
      cause,
    }: { gone?: boolean; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.gone = gone
    this.retryAfterMs = retryAfterMs
  }
}

/** Takes one message at a time, in any order, perhaps twice: the id tells. */
export interface MessageChannel {
  send(message: Message, signal: AbortSignal): Promise<void>
}

/** Takes all events in order, in batches; a batch that failed comes again. */
export interface StreamChannel {
  sendBatch(messages: readonly Message[], signal: AbortSignal): Promise<void>
  close?(): Promise<void>
}
