import { Gauge, type Registry } from 'prom-client'
import type { Intake } from './intake.ts'
import { REPORT_KINDS, REPORT_STATES } from './schema.ts'

/** Adds how many reports there are. Of all replicas together: each counts what the store holds. */
export function measureIntake(registry: Registry, intake: Pick<Intake, 'tally'>): void {
  new Gauge({
    name: 'safelevel_reports',
    help: 'Reports by what they are about and where they stand, at most a minute old',
    labelNames: ['kind', 'state'],
    registers: [registry],
    collect() {
      const tally = new Map(intake.tally().map(({ kind, state, count }) => [`${kind} ${state}`, count]))
      for (const kind of REPORT_KINDS)
        for (const state of REPORT_STATES) this.set({ kind, state }, tally.get(`${kind} ${state}`) ?? 0)
    },
  })
}
