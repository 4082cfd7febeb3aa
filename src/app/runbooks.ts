import { Gauge, type Registry } from 'prom-client'
import type { Conditions } from '../base/conditions.ts'
import type { Controls } from '../controls/index.ts'
import { type Found, type Look, Runbooks, type RunbooksDeps } from '../runbooks/index.ts'

/** Opens what is kept of runbooks. @throws {AppError} LEDGER_UNAVAILABLE; CONFIG_INVALID */
export function openRunbooks(deps: RunbooksDeps): Promise<Runbooks> {
  return Runbooks.open(deps)
}

export interface LookSources {
  readonly controls: Pick<Controls, 'board' | 'entries'>
  readonly conditions: Pick<Conditions, 'readiness' | 'codes'>
}

/** Where a check of a runbook looks: at a control, at a condition, at what the ledger has got since the run began. */
export function lookAt({ controls, conditions }: LookSources): Look {
  const looks: Readonly<Record<string, (what: string, since: string) => Promise<Found>>> = {
    control: (id) => lookAtControl(controls, id),
    condition: async (code) => lookAtCondition(conditions, code),
    entry: (kind, since) => lookForEntry(controls, kind, since),
  }
  return async (name, since) => {
    const [place = '', what = ''] = name.split(':', 2)
    const look = Object.hasOwn(looks, place) ? looks[place] : undefined
    return look === undefined ? { state: 'unknown', says: `nothing is known of ${name}` } : await look(what, since)
  }
}

/** How a control stands on the board; what is stale says nothing about now. */
async function lookAtControl(controls: LookSources['controls'], id: string): Promise<Found> {
  const board = await controls.board()
  const row = board.controls.find((one) => one.id === id)
  if (row === undefined) return { state: 'unknown', says: `there is no control ${id}` }
  if (board.problem !== null) return { state: 'unknown', says: board.problem }
  const says = `${id} ${row.state}: ${row.says}`
  return { state: row.state === 'holds' || row.state === 'fails' ? row.state : 'unknown', says }
}

function lookAtCondition(conditions: LookSources['conditions'], code: string): Found {
  if (!conditions.codes().some((one) => one.code === code))
    return { state: 'unknown', says: `nothing watches for ${code} here` }
  const standing = conditions.readiness().conditions.find((one) => one.code === code)
  return standing === undefined
    ? { state: 'holds', says: `${code} does not stand now` }
    : { state: 'fails', says: `${standing.words} (since ${standing.since})` }
}

/** The index follows the ledger within half a minute. */
async function lookForEntry(controls: LookSources['controls'], kind: string, since: string): Promise<Found> {
  const last = await controls.entries.last(kind)
  if (last === null) return { state: 'fails', says: `the ledger has no ${kind} yet` }
  if (last.at < since) return { state: 'fails', says: `the last ${kind} is of ${last.at}, before this run began` }
  return { state: 'holds', says: `${kind} at ${last.at}, entry ${last.entry}` }
}

/** Runs under way, and what is late in them. */
export function measureRunbooks(registry: Registry, runbooks: Pick<Runbooks, 'counts'>): void {
  new Gauge({
    name: 'safelevel_runbook_runs_open',
    help: 'Runs of runbooks that are under way; exercises apart',
    labelNames: ['drill'],
    registers: [registry],
    async collect() {
      const { runs, drills } = await runbooks.counts()
      this.set({ drill: 'false' }, runs)
      this.set({ drill: 'true' }, drills)
    },
  })
  new Gauge({
    name: 'safelevel_runbook_steps_late',
    help: 'Open steps of runs that are past their time; those of exercises do not count',
    registers: [registry],
    async collect() {
      this.set((await runbooks.counts()).lateSteps)
    },
  })
}
