import { Counter, Gauge, type Registry } from 'prom-client'
import type { WeightsRooms } from './weights.ts'

/** What leaves of the weights and who may open them, by numbers alone: no label names a model. */
export function measureWeights(registry: Registry, { access, reading }: WeightsRooms): void {
  const registers = [registry]
  new Counter({
    name: 'safelevel_weights_bytes_total',
    help: 'Bytes of weights that were counted as given out by this process, before they were decrypted',
    registers,
    collect() {
      this.reset()
      this.inc(reading.measure().bytesCounted)
    },
  })
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read())
      },
    })
  gauge(
    'safelevel_weights_open_reads',
    'Reads of weights that are going on in this process',
    () => reading.measure().openReads,
  )
  gauge(
    'safelevel_weights_grants_active',
    'Grants under which weights may be opened now',
    () => access.grants.active().length,
  )
  gauge('safelevel_weights_locks', 'Locks on weights that stand', async () => (await access.locks.list()).length)
  gauge(
    'safelevel_weights_copies_overdue',
    'Copies of weights that should be gone',
    async () => (await access.copies.overdue()).length,
  )
  gauge('safelevel_weights_glass_unreviewed', '1 while a breaking of the glass waits for its review', async () =>
    (await access.glass.owed()) === null ? 0 : 1,
  )
}
