import type { LedgerEntry, LedgerEvent } from '../../ledger/index.ts'

/**
 * Whether an event is told of elsewhere, to those whom it doesn't concern: cases about insiders, and runs of runbooks that only some may see. Here nobody reads it, whoever they are: if only
 * those whom a case is about did not, they would know.
 */
export function isConcealed({ kind, actor, data }: LedgerEvent): boolean {
  // What containment did bears the person's id; beside the rest it would say whose case it is.
  if (kind.startsWith('insider.') || (actor.type === 'system' && actor.id === 'insider')) return true
  if (kind.startsWith('runbooks.') && data.restricted === true) return true
  return kind.startsWith('approvals.') && typeof data.action === 'string' && data.action.startsWith('insider.')
}

/** An entry as staff may read it: as if its body were erased, where it is concealed. */
export function shown(entry: LedgerEntry): LedgerEntry {
  return entry.event !== null && isConcealed(entry.event) ? { ...entry, event: null } : entry
}
