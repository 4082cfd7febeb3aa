import { Counter, Gauge, Registry } from 'prom-client'
import { QuickCounter, QuickHistogram } from '../base/quick-metrics.ts'
import type { Stage } from '../base/trace.ts'
import type { PolicyDecision } from '../policy/index.ts'

/** What the gateway counts. Labels have few values: never a key, an organisation or a model name from a request. */
export class GatewayMetrics {
  readonly registry = new Registry()
  readonly #decisions = new QuickCounter({
    name: 'safelevel_decisions_total',
    help: 'Requests by outcome',
    labels: ['route', 'outcome'],
    registry: this.registry,
  })
  readonly refusals = new Counter({
    name: 'safelevel_refusals_total',
    help: 'Refusals by side and category',
    labelNames: ['side', 'label', 'test_string'],
    registers: [this.registry],
  })
  readonly upstreamRefusals = new Counter({
    name: 'safelevel_upstream_refusals_total',
    help: 'Answers that the model or its provider refused by itself',
    registers: [this.registry],
  })
  readonly revisions = new Counter({
    name: 'safelevel_revisions_total',
    help: 'Answers that the policy wanted revised, by what came of it: revised, or why they were refused',
    labelNames: ['result'],
    registers: [this.registry],
  })
  readonly unevaluated = new Counter({
    name: 'safelevel_unevaluated_total',
    help: 'Judgements in which a classifier was unavailable, by side',
    labelNames: ['side'],
    registers: [this.registry],
  })
  readonly shed = new Counter({
    name: 'safelevel_shed_total',
    help: 'Requests that were turned away before anything was done for them, by reason',
    labelNames: ['reason'],
    registers: [this.registry],
  })
  readonly screenSessions = new Gauge({
    name: 'safelevel_screen_sessions',
    help: 'Streamed answers that are being screened for other gateways',
    registers: [this.registry],
  })
  readonly #requests = new QuickCounter({
    name: 'safelevel_requests_total',
    help: 'Judged requests by surface, API and outcome',
    labels: ['surface', 'dialect', 'outcome'],
    registry: this.registry,
  })
  readonly #duration = new QuickHistogram({
    name: 'safelevel_request_duration_seconds',
    help: 'From the last byte of a request to the last byte of its answer',
    label: 'route',
    bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registry: this.registry,
  })
  readonly #stages = new QuickHistogram({
    name: 'safelevel_stage_duration_seconds',
    help: 'Time of each stage of a request; upstream: until its answer begins',
    label: 'stage',
    bounds: [
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
      300,
    ],
    registry: this.registry,
  })
  readonly #outcomes = new Map<string, number>()

  /** @param inFlight how many requests are being served, asked for at each look */
  showInFlight(inFlight: () => number): void {
    new Gauge({
      name: 'safelevel_requests_in_flight',
      help: 'Requests that are being served',
      registers: [this.registry],
      collect() {
        this.set(inFlight())
      },
    })
  }

  observeDuration(route: string, seconds: number): void {
    this.#duration.observe(route, seconds)
  }

  observeStage(stage: Stage, seconds: number): void {
    this.#stages.observe(stage, seconds)
  }

  countRequest({ surface, dialect }: { readonly surface: string; readonly dialect: string }, outcome: string): void {
    this.#requests.inc(surface, dialect, outcome)
  }

  countRefusal(
    side: 'prompt' | 'completion',
    { label, testString }: Pick<PolicyDecision, 'label' | 'testString'>,
  ): void {
    this.refusals.inc({ side, label: label ?? 'none', test_string: String(testString) })
  }

  countDecision(route: string, outcome: string): void {
    this.#decisions.inc(route, outcome)
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1)
  }

  /** Decisions by outcome since the start. */
  outcomes(): Record<string, number> {
    return Object.fromEntries(this.#outcomes)
  }
}
