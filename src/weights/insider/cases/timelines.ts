import type { LedgerEntry } from '../../../ledger/index.ts'
import { type Activity, fromLedger } from '../activity/index.ts'
import type { InsiderContext } from '../context.ts'
import type { Imports } from '../imports.ts'
import { locate } from '../locate.ts'
import { textsOf } from '../records.ts'
import { type Alert, type AlertView, type Case, type CaseRead, type Evidence, Grounds, type Reason } from './schema.ts'
import { toTheHour } from './visibility.ts'

/** What a case rests on is read up to here; the newest of it. */
const MAX_EVIDENCE = 200

/** What cases rest on, put together when somebody reads: alerts with their reasons, and the activities behind them. */
export class Timelines {
  readonly #context: Pick<InsiderContext, 'db' | 'ledger' | 'texts'>
  readonly #imports: Pick<Imports, 'find'>

  constructor(context: Pick<InsiderContext, 'db' | 'ledger' | 'texts'>, imports: Pick<Imports, 'find'>) {
    this.#context = context
    this.#imports = imports
  }

  async of(one: Case, alerts: readonly Alert[]): Promise<Pick<CaseRead, 'alerts' | 'timeline'>> {
    const isOpened = one.openedAt !== null
    const whole = await Promise.all(alerts.map(async (alert) => ({ alert, ...(await this.#groundsOf(alert.id)) })))
    const behind = new Map<string, { timeMs: number; causes: Set<string> }>()
    for (const { activity, timeMs, cause } of whole.flatMap(({ reasons, evidence }) => [...reasons, ...evidence])) {
      const known = behind.get(activity)
      if (known === undefined) behind.set(activity, { timeMs, causes: new Set([cause]) })
      else known.causes.add(cause)
    }
    const newest = [...behind].sort(([, a], [, b]) => b.timeMs - a.timeMs).slice(0, MAX_EVIDENCE)
    const timeline: Evidence[] = []
    for (const [activity, { timeMs, causes }] of newest)
      timeline.push(await this.#evidence(activity, timeMs, [...causes], isOpened))
    return { alerts: whole.map(({ alert, reasons }) => viewOf(alert, reasons, isOpened)), timeline }
  }

  async #groundsOf(id: string): Promise<Grounds> {
    const sealed = this.#context.texts.openAll(await textsOf(this.#context.db.db, id)).get('grounds')
    return sealed === undefined ? { reasons: [], evidence: [] } : Grounds.parse(JSON.parse(sealed))
  }

  async #evidence(id: string, timeMs: number, causes: string[], isOpened: boolean): Promise<Evidence> {
    const entry = await locate(this.#context.ledger, id, timeMs)
    const found = entry === null ? await this.#imports.find(id, timeMs) : onLedger(entry)
    const at = new Date(timeMs).toISOString()
    const { activity, position, source } = found ?? { activity: null, position: null, source: 'erased' as const }
    const { kind = null, bytes = null, version = null, host = null, grant = null } = activity ?? {}
    const shown = { at: isOpened ? at : toTheHour(at), kind, causes, source, bytes, version }
    return isOpened
      ? { ...shown, activity: id, position, host, grant }
      : { ...shown, activity: null, position: null, host: null, grant: null }
  }
}

function onLedger(entry: LedgerEntry): { activity: Activity | null; position: number; source: 'ledger' } {
  return { activity: fromLedger(entry), position: entry.position, source: 'ledger' }
}

function viewOf(alert: Alert, reasons: readonly Reason[], isOpened: boolean): AlertView {
  const shown = reasons.map(({ cause, says, weight, timeMs }) => {
    const at = new Date(timeMs).toISOString()
    return { cause, says, weight, at: isOpened ? at : toTheHour(at) }
  })
  const { at, noticedAt } = alert
  const times = isOpened ? {} : { at: toTheHour(at), noticedAt: toTheHour(noticedAt) }
  return { ...alert, ...times, reasons: shown }
}
