import { createHash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import { type Actor, canonicalJson } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { conflict, deviation, type EvaluationContext, get } from './context.ts'
import { FORECAST, ORDER, SUITE, THREAT } from './kinds.ts'
import {
  type Forecast,
  NewForecast,
  NewOrder,
  NewSuite,
  NewThreatModel,
  type Order,
  type Suite,
  type ThreatModel,
} from './schema.ts'

/** What is evaluated, and why: threat models, suites, orders and forecasts. */
export class Suites {
  readonly #context: EvaluationContext

  constructor(context: EvaluationContext) {
    this.#context = context
  }

  /**
   * Freezes a suite. A changed one is a new one, and says why: the change is kept as a deviation.
   *
   * @throws {AppError} REQUEST_INVALID, CONFLICT for a name that stands, NOT_FOUND for what it supersedes
   */
  freeze(input: NewSuite, by: Actor): Promise<Suite> {
    const { tasks, listed, ...given } = NewSuite.parse(input)
    const count = listed?.length ?? tasks
    if (count === undefined) throw new AppError('REQUEST_INVALID', 'tasks: say how many there are, or list them')
    if (tasks !== undefined && tasks !== count)
      throw new AppError('REQUEST_INVALID', 'tasks: not as many as are listed')
    if (listed !== undefined && new Set(listed.map(({ task }) => task)).size < count) {
      throw new AppError('REQUEST_INVALID', 'listed: a task stands there twice')
    }
    if (given.rule.kind === 'autonomy' && given.domain !== 'autonomy') {
      const words = 'rule: one success in ten and half of the tasks is for autonomy suites alone; use a rate'
      throw new AppError('REQUEST_INVALID', words)
    }
    if (given.supersedes !== null && given.reason === null) {
      throw new AppError('REQUEST_INVALID', 'reason: say why it supersedes the other')
    }
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      if ((await records.find(db, SUITE, given.suite)) !== null)
        throw conflict(`the suite ${given.suite} is frozen already`)
      if (given.supersedes !== null) await get(db, SUITE, given.supersedes)
      const content = { ...given, tasks: count, listed: listed ?? null }
      const digest = createHash('sha256').update(canonicalJson(content)).digest('hex')
      const suite: Suite = { ...content, digest, frozenAt: iso(clock.now()), frozenBy: by.id }
      const { threshold, domain, supersedes } = suite
      const frozen = {
        kind: 'evaluations.suite_frozen',
        subject: { type: 'suite', id: suite.suite },
        digests: { suite: digest },
        data: { threshold, domain, supersedes, tasks: count },
      }
      if (supersedes === null) return { events: [frozen], puts: [put(SUITE, suite)], result: suite }
      const words = `the suite ${supersedes} was superseded by ${suite.suite}: ${suite.reason}`
      const changed = deviation(this.#context, by, { model: null, suite: suite.suite, kind: 'suite_changed', words })
      return { events: [frozen, changed.event], puts: [put(SUITE, suite), changed.row], result: suite }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  get(suite: string): Promise<Suite> {
    return get(this.#context.db.db, SUITE, suite)
  }

  list(): Promise<Suite[]> {
    return records.list(this.#context.db.db, SUITE, { limit: 1_000 })
  }

  /** Writes down one chain from a threat to the evaluations that would show it; the last words on it count. */
  mapThreat(input: NewThreatModel, by: Actor): Promise<ThreatModel> {
    const given = NewThreatModel.parse(input)
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      for (const suite of given.suites) await get(db, SUITE, suite)
      const threat: ThreatModel = { ...given, recordedAt: iso(clock.now()), recordedBy: by.id }
      const data = { domain: threat.domain, threshold: threat.threshold, suites: threat.suites }
      const event = { kind: 'evaluations.threat_mapped', subject: { type: 'threat', id: threat.threat }, data }
      return { events: [event], puts: [put(THREAT, threat)], result: threat }
    })
  }

  threats(): Promise<ThreatModel[]> {
    return records.list(this.#context.db.db, THREAT, { limit: 1_000 })
  }

  /** The Responsible Scaling Officer wants an evaluation, whatever the compute and the calendar say. */
  async order(model: string, input: { readonly reason: string }, by: Actor): Promise<Order> {
    const { reason } = NewOrder.parse(input)
    const { clock, ids, journal, registry } = this.#context
    await registry.lines.get(model)
    return journal.make(by, async () => {
      const order = { id: ids.next('ord'), model, reason, orderedAt: iso(clock.now()), orderedBy: by.id }
      const event = { kind: 'evaluations.ordered', subject: { type: 'model', id: model }, data: { order: order.id } }
      return { events: [event], puts: [put(ORDER, order)], result: order }
    })
  }

  /** What is expected before a run, or until the next evaluation: written for those who decide, binding nobody. */
  async forecast(model: string, input: Parameters<typeof NewForecast.parse>[0], by: Actor): Promise<Forecast> {
    const given = NewForecast.parse(input)
    const { clock, ids, journal, registry } = this.#context
    await registry.lines.get(model)
    return journal.make(by, async () => {
      const forecast = { id: ids.next('fct'), model, ...given, madeAt: iso(clock.now()), madeBy: by.id }
      const { run, chance, flops } = forecast
      const data = { model, run, chance, flops }
      const event = { kind: 'evaluations.forecast', subject: { type: 'forecast', id: forecast.id }, data }
      return { events: [event], puts: [put(FORECAST, forecast)], result: forecast }
    })
  }

  /** Newest first. */
  forecasts(model: string): Promise<Forecast[]> {
    return records.list(this.#context.db.db, FORECAST, { model, order: 'latest', limit: 200 })
  }
}
