import { Gauge, type Registry } from 'prom-client'
import type { Decisions } from './decisions.ts'

/** Adds how far the view is behind the ledger. */
export function measureDecisions(registry: Registry, decisions: Pick<Decisions, 'lag'>): void {
  new Gauge({
    name: 'safelevel_decisions_lag_entries',
    help: 'Ledger entries that the view over decisions does not have yet',
    registers: [registry],
    collect() {
      this.set(decisions.lag().entries)
    },
  })
  new Gauge({
    name: 'safelevel_decisions_lag_seconds',
    help: 'For how long the view over decisions has been behind the ledger',
    registers: [registry],
    collect() {
      this.set(decisions.lag().ms / 1_000)
    },
  })
}
