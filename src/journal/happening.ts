import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Actor, EventData, EventLog, LedgerEvent } from '../ledger/index.ts'

/** What happened, by identifiers and numbers alone: never what people wrote. */
export interface Happening {
  readonly kind: string
  readonly subject: { readonly type: string; readonly id: string }
  readonly digests?: Record<string, string>
  readonly data?: EventData
  /** When it isn't the one who makes the change. */
  readonly actor?: Actor
  /** Given where the same thing may be recorded again: it then counts once. */
  readonly eventId?: string
}

/** The event as it goes onto the ledger, at this instant. */
export function toEvent({ clock, ids }: { clock: Clock; ids: Ids }, by: Actor, happening: Happening): LedgerEvent {
  const { kind, subject, digests = {}, data = {}, actor = by, eventId: id = ids.next('evt') } = happening
  return { id, time: new Date(clock.now()).toISOString(), kind, actor, subject, digests, data }
}

/**
 * Appends events, in their order and together; resolves once all are durable.
 *
 * @param otherwise says, to who asked, what becomes of it when they can't be recorded.
 * @throws {AppError} LEDGER_UNAVAILABLE: it is open which of them are on the ledger.
 */
export async function record(log: EventLog, events: readonly LedgerEvent[], otherwise: string): Promise<void> {
  try {
    await Promise.all(events.map((event) => log.append(event)))
  } catch (cause) {
    throw new AppError('LEDGER_UNAVAILABLE', otherwise, { cause })
  }
}
