import type { LedgerEvent } from '../ledger/index.ts'
import { type Severity, severityOf } from './severity.ts'

/** An event of the ledger, as people and programs outside are told of it. Holds what the ledger holds: identifiers and numbers, no content. */
export interface Message {
  /** Of the event: the same however often it is sent. */
  readonly id: string
  readonly kind: string
  readonly at: string
  readonly severity: Severity
  /** One line. */
  readonly title: string
  readonly position: number
  readonly installation: string
  /** Where staff read more; null where the console's address isn't known. */
  readonly link: string | null
  readonly event: LedgerEvent
}

const MAX_FACTS = 12

export function messageOf(
  { position, event }: { position: number; event: LedgerEvent },
  { installation, consoleUrl }: { installation: string; consoleUrl: string | null },
): Message {
  const severity = severityOf(event.kind)
  return {
    id: event.id,
    kind: event.kind,
    at: event.time,
    severity,
    title: `${words(event.kind)}: ${event.subject.type} ${event.subject.id}`,
    position,
    installation,
    link: consoleUrl === null ? null : `${consoleUrl}/ledger/${position}`,
    event,
  }
}

/** The plain facts of an event, for a mail or a chat: `name: value`, nested ones left out. */
export function factsOf({ event }: Message): [string, string][] {
  const plain = Object.entries(event.data).flatMap(([name, value]): [string, string][] =>
    typeof value === 'object' ? [] : [[name, String(value)]],
  )
  const actor: [string, string] = ['actor', `${event.actor.type} ${event.actor.id}`]
  return [actor, ...plain].slice(0, MAX_FACTS)
}

/** `enforcement.action_taken` -> `Enforcement, action taken`. */
function words(kind: string): string {
  const [room = '', ...rest] = kind.split('.')
  return `${room.charAt(0).toUpperCase()}${room.slice(1)}, ${rest.join(' ').replaceAll('_', ' ')}`
}
