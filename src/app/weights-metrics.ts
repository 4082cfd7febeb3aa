import { Counter, Gauge, type Registry } from 'prom-client'
import type { Insider } from '../weights/insider/index.ts'
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
  gauge(
    'safelevel_weights_locks',
    'Locks on weights that stand, without those on one person',
    async () => (await access.locks.list()).filter(({ person }) => person === null).length,
  )
  gauge(
    'safelevel_weights_copies_overdue',
    'Copies of weights that should be gone',
    async () => (await access.copies.overdue()).length,
  )
  gauge('safelevel_weights_glass_unreviewed', '1 while a breaking of the glass waits for its review', async () =>
    (await access.glass.owed()) === null ? 0 : 1,
  )
}

/** How the watch for insiders does. Says nothing of alerts and cases: whom one is about may read this too. */
export function measureInsider(registry: Registry, insider: Insider): void {
  const registers = [registry]
  new Counter({
    name: 'safelevel_insider_activities_total',
    help: 'Activities of staff that the watch for insiders has looked at in this process',
    registers,
    collect() {
      this.reset()
      this.inc(insider.seen)
    },
  })
  new Gauge({
    name: 'safelevel_insider_lag_entries',
    help: 'Entries of the ledger that the watch for insiders has not looked at yet',
    registers,
    async collect() {
      this.set((await insider.watching()).lag)
    },
  })
  new Gauge({
    name: 'safelevel_insider_watched',
    help: '1 while some process watches for insiders, and does not fail at it as far as this one knows',
    registers,
    async collect() {
      const { held, problem } = await insider.watching()
      this.set(held && problem === null ? 1 : 0)
    },
  })
}
