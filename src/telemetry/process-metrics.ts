import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import { VERSION } from '../base/version.ts'

const RESOLUTION_MS = 20
const STATISTICS = { p50: 50, p99: 99, max: 100 } as const

/**
 * Adds what this process uses: its processor time, memory, and by how much its event loop was late since the last reading.
 *
 * @returns ends the measuring
 */
export function measureProcess(registry: Registry): Disposable {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const registers = [registry]
  new Gauge({
    name: 'safelevel_event_loop_delay_seconds',
    help: 'By how much the event loop was late, since the last reading',
    labelNames: ['statistic'],
    registers,
    collect() {
      for (const [statistic, percentile] of Object.entries(STATISTICS)) {
        // The timer itself sleeps for the resolution: what is beyond it is delay.
        const lateMs = Math.max(0, delay.percentile(percentile) / 1e6 - RESOLUTION_MS)
        this.set({ statistic }, lateMs / 1_000)
      }
      delay.reset()
    },
  })
  new Counter({
    name: 'safelevel_process_cpu_seconds_total',
    help: 'Processor time since the start, user and system',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'safelevel_process_memory_bytes',
    help: 'Memory of this process: resident, and what JavaScript uses of it',
    labelNames: ['kind'],
    registers,
    collect() {
      const { rss, heapUsed } = process.memoryUsage()
      this.set({ kind: 'resident' }, rss)
      this.set({ kind: 'heap' }, heapUsed)
    },
  })
  new Gauge({
    name: 'safelevel_build_info',
    help: 'Always 1; the version stands in the label',
    labelNames: ['version'],
    registers,
  }).set({ version: VERSION }, 1)
  return { [Symbol.dispose]: () => delay.disable() }
}
