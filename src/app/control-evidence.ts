import type { Audit } from '../audit/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import {
  type BundleRequest,
  type Calendar,
  type CalendarDeps,
  type CalendarQuery,
  ControlReports,
  type Controls,
  makeBundle,
  makeSampleBundle,
  readCalendar,
  type World,
} from '../controls/index.ts'
import type { DbHandle } from '../db/index.ts'
import type { Actor, Ledger, LedgerEvent } from '../ledger/index.ts'
import type { Action } from '../staff/index.ts'

/** The rehearsal of procedures: for how long one counts. */
const DRILL_CONTROL = 'GOV-18'

export interface ControlEvidenceDeps {
  readonly world: World
  readonly controls: Controls
  readonly audit: Audit
  readonly db: DbHandle
  readonly ledger: Ledger
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly organisation: () => string
}

/** What shows others that the commitments hold: bundles that are checked offline, reports that people sign, and every clock in one list. */
export class ControlEvidence {
  readonly reports: ControlReports
  readonly #deps: ControlEvidenceDeps

  constructor(deps: ControlEvidenceDeps) {
    const { world, controls, ledger } = deps
    this.#deps = deps
    this.reports = new ControlReports({
      ...deps,
      begunAt: async () => (await ledger.entry(0)).recordedAt,
      sources: { ...world, controls, calendar: () => this.calendar({}, () => true) },
    })
  }

  /** Finishes what a crash cut off. @throws {AppError} LEDGER_UNAVAILABLE */
  start(): Promise<void> {
    return this.reports.recover()
  }

  /** @param may whether who asks may hear of what needs this action */
  calendar(query: CalendarQuery, may: (action: Action) => boolean): Promise<Calendar> {
    const { world, audit, controls, log } = this.#deps
    const drillDays = controls.catalogue.control(DRILL_CONTROL).freshDays
    const deps: CalendarDeps = { ...world, controls, drillDays, reports: this.reports, requests: audit.requests }
    return readCalendar({ ...deps, log }, query, may)
  }

  /** @param withheld whether an event is told to nobody who asks here @throws {AppError} as `makeBundle` */
  bundle(request: BundleRequest, by: Actor, withheld: (event: LedgerEvent) => boolean): Promise<Buffer> {
    const { world, controls } = this.#deps
    const { catalogue, entries } = controls
    return makeBundle(
      { ...this.#deps, controls, catalogue, entries, witnessing: world.witnessing },
      request,
      by,
      withheld,
    )
  }

  /** A sample with all that it takes to draw it again. @param withheld as above @throws {AppError} as `makeSampleBundle` */
  sample(id: string, by: Actor, withheld: (event: LedgerEvent) => boolean): Promise<Buffer> {
    const { world, audit } = this.#deps
    return makeSampleBundle({ ...this.#deps, samples: audit.samples, witnessing: world.witnessing }, id, by, withheld)
  }
}
