export { openTracing } from './open.ts'
export { measureProcess } from './process-metrics.ts'
export type { Tracing } from './tracing.ts'
