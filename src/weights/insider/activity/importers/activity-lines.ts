import { readActivityLine } from '../activity-lines.ts'
import { Fault } from '../fault.ts'
import type { Importer } from './importer.ts'

/** Our own lines, from outside: only the ledger itself speaks for the ledger. Persons are ours already. */
export function activityLines(): Importer {
  return {
    add(line) {
      const activity = readActivityLine(line)
      if (activity instanceof Fault) return [activity]
      return [activity.source === 'ledger' ? new Fault('what the ledger tells is read from the ledger') : activity]
    },
    end: () => [],
  }
}
