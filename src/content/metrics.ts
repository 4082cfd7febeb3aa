import { Counter, Gauge, type Registry } from 'prom-client'
import type { Content } from './content.ts'

/** Adds what is kept and what had to be dropped. */
export function measureContent(registry: Registry, content: Pick<Content, 'stats'>): void {
  new Gauge({
    name: 'safelevel_content_waiting',
    help: 'Exchanges that wait to be stored',
    registers: [registry],
    collect() {
      this.set(content.stats().waiting)
    },
  })
  new Counter({
    name: 'safelevel_content_stored_total',
    help: 'Exchanges that were stored since the start',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(content.stats().stored)
    },
  })
  new Counter({
    name: 'safelevel_content_dropped_total',
    help: 'Exchanges that should have been kept and were not, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const reason of ['queue_full', 'closed', 'unusable'])
        this.inc({ reason }, content.stats().dropped[reason] ?? 0)
    },
  })
}
