import type { Clock } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Tracing } from './tracing.ts'

export interface TelemetryDeps {
  readonly config: Config['telemetry']
  readonly secrets: Pick<Secrets, 'otlpHeaders'>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/** Traces where the configuration names a collector, else null: nothing of OpenTelemetry is then even loaded. */
export async function openTracing({ config, secrets, clock, ids, log }: TelemetryDeps): Promise<Tracing | null> {
  const { otlpEndpoint: endpoint, sampleRatio, serviceName } = config
  if (endpoint === undefined || sampleRatio === 0) return null
  const { OtlpSink } = await import('./otlp.ts')
  const sink = new OtlpSink({ endpoint, headers: secrets.otlpHeaders, serviceName, instance: ids.next('rep') })
  return new Tracing({ sink, clock, ids, log, sampleRatio })
}
