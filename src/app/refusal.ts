import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { DecisionId, type Intake, MOST_CHARS, Script } from '../intake/index.ts'
import type { Actor, EventLog } from '../ledger/index.ts'
import type { RefusalFigures, RefusalPort } from '../models/cards/index.ts'
import type { Registry } from '../models/registry/index.ts'
import { ALL_SUITES } from '../refusal/evaluation/index.ts'
import {
  type FiledFind,
  type KeptComparison,
  type KeptEvaluation,
  NewFindReports,
  RefusalRecords,
} from '../refusal/records/index.ts'
import { isLabel } from '../screening/index.ts'

type Find = Awaited<ReturnType<RefusalRecords['rows']['finds']>>[number]['find']

export interface RefusalRoomDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly keysDir: string
  readonly config: Pick<Config, 'refusal'>
  readonly modelRooms: { readonly registry: Pick<Registry, 'checkpoints'> }
}

/** Opens what is kept of refusals, and closes it with `resources`. @throws {AppError} LEDGER_UNAVAILABLE, CONFIG_INVALID */
export async function openRefusal(deps: RefusalRoomDeps, resources: AsyncDisposableStack): Promise<RefusalRecords> {
  const { checkpoints } = deps.modelRooms.registry
  const knowsCheckpoint = async (id: string) => (await checkpoints.many([id])).has(id)
  return resources.use(await RefusalRecords.open({ ...deps, config: deps.config.refusal, knowsCheckpoint }))
}

/** Evaluations of refusals, and what tuning changed, as cards cite them: what was measured on a model, and nothing of a fixture. */
export function refusalPort(records: RefusalRecords): RefusalPort {
  return {
    async find(id) {
      const found = await records.evaluation(id).catch(orNull)
      if (found !== null) return found.fixture ? null : figuresOf(found)
      const compared = await records.comparison(id).catch(orNull)
      if (compared === null || compared.fixture) return null
      const { checkpoint } = compared.head.base
      return changesOf(compared, checkpoint === null ? [] : await records.evaluationsOf(checkpoint))
    },
    of: async (checkpoint) => (await records.evaluationsOf(checkpoint)).map(figuresOf),
  }
}

const MEASURES = [
  ['harmful', 'attack success', 'harmful requests that were complied with'],
  ['harmless', 'over-refusal', 'harmless requests that were refused'],
] as const

function figuresOf({ id, checkpoint, headDigest, madeAt, head }: KeptEvaluation): RefusalFigures {
  const measured = head.suites.flatMap((found) => {
    const suite = plain(found.suite, 100)
    return MEASURES.flatMap(([kind, snapshot, metric]) => {
      const side = found[kind]
      if (side === null || side.rate.rate === null || side.rate.interval === null) return []
      const [lower, upper] = side.rate.interval.map(rounded)
      const method = 'Wilson, at the effective sample size; what nobody could judge counts both ways'
      return [
        {
          ...{ name: `${suite} ${snapshot}`, suite, snapshot, n: side.items, tries: side.answers },
          ...{ metric, value: rounded(side.rate.rate), unit: 'share', line: null },
          interval: { lower: lower ?? 0, upper: upper ?? 1, level: 0.95, method },
        },
      ]
    })
  })
  return { id, checkpoint, digest: headDigest, at: madeAt, measured }
}

/**
 * Of the model that was tuned: each suite before, as the evaluation on record says that it was compared with, and how far it moved on the same items.
 *
 * @param earlier evaluations of the model before
 */
function changesOf(
  { id, checkpoint, headDigest, madeAt, head }: KeptComparison,
  earlier: readonly KeptEvaluation[],
): RefusalFigures {
  const known = earlier.flatMap((one) => (one.madeAt <= madeAt ? figuresOf(one).measured : []))
  const measured = head.measures.flatMap(({ suite: of, measure, items, base, difference, interval }) => {
    const [, snapshot, metric] = MEASURES.find(([, name]) => name.replace(' ', '-') === measure) ?? []
    if (of === ALL_SUITES || snapshot === undefined || metric === undefined) return []
    if (base === null || difference === null || interval === null) return []
    const suite = plain(of, 90)
    const before = known.find(
      (one) => one.suite === suite && one.snapshot === snapshot && one.value === rounded(base) && one.n === items,
    )
    const [lower, upper] = interval.map(rounded)
    const method = 'of the paired difference: the wider of resampled clusters and Bonett and Price'
    const change = {
      ...{ name: `${suite} ${snapshot}, change`, suite, snapshot: `${snapshot}, change`, n: items, tries: null },
      ...{ metric: `change of ${metric}`, value: rounded(difference), unit: 'share', line: null },
      interval: { lower: lower ?? -1, upper: upper ?? 1, level: 0.95, method },
    }
    const when = { name: `${suite} ${snapshot} before`, snapshot: `${snapshot} before` }
    return before === undefined ? [change] : [{ ...before, ...when }, change]
  })
  return { id, checkpoint, digest: headDigest, at: madeAt, measured }
}

/** Six digits tell more than any evaluation does. */
function rounded(value: number): number {
  return Number(value.toPrecision(6))
}

function orNull(error: unknown): null {
  if (error instanceof AppError && error.code === 'NOT_FOUND') return null
  throw error
}

/**
 * Finds of the red team become reports, so that they go the way of every report: judged, seen again, confirmed, and kept from coming back as
 * regression cases.
 */
export class FindReports {
  readonly #records: RefusalRecords
  readonly #intake: Pick<Intake, 'reports' | 'triage'>

  constructor(records: RefusalRecords, intake: Pick<Intake, 'reports' | 'triage'>) {
    this.#records = records
    this.#intake = intake
  }

  /**
   * One report a find, by whom it is told; the same find again is the same report.
   *
   * @throws {AppError} REQUEST_INVALID, NOT_FOUND, LEDGER_UNAVAILABLE: what was filed before it stays, and asking again goes on
   */
  async file(run: string, input: unknown, by: Actor): Promise<FiledFind[]> {
    const { positions, deployment, n } = NewFindReports.parse(input)
    const { head } = await this.#records.redTeamRun(run)
    const filed: FiledFind[] = []
    for (const { position, find } of await this.#records.rows.finds(run, positions, by)) {
      const sender = { channel: 'red_team' as const, by, organisationId: null, showing: find.id }
      const { id: report, already } = await this.#intake.reports.submit(reportOf(find, run, head.target), [], sender)
      const again = deployment === null ? NOT_ASKED : await this.#again(report, find, deployment, n, by)
      filed.push({ position, report, already, ...again })
    }
    return filed
  }

  async #again(report: string, find: Find, deployment: string, n: number, by: Actor) {
    const script = Script.safeParse({ turns: find.script.turns, system: find.script.system })
    if (!script.success) return { reproduction: null, problem: 'it is said in a way that only a person can try again' }
    const through = find.side === 'bare' ? ('model' as const) : ('gateway' as const)
    try {
      const plan = { deployment, through, n, script: script.data }
      const { id } = await this.#intake.triage.reproductions.start(report, plan, by)
      return { reproduction: id, problem: null }
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      return { reproduction: null, problem: error.message }
    }
  }
}

const NOT_ASKED = { reproduction: null, problem: null }

type Input = Parameters<Intake['reports']['submit']>[0]

function reportOf(find: Find, run: string, target: { readonly name: string; readonly isSandbox: boolean }): Input {
  const { side, attack, objective, why, category, script, answer, decision } = find
  const fixture = target.isSandbox ? ' It is a fixture, no model.' : ''
  const where = side === 'bare' ? 'without safeguards' : 'through the safeguards'
  const steps = [
    ...(script.system === null ? [] : [`[system]\n${script.system}`]),
    ...script.turns.map(({ role, text }) => `[${role}]\n${text}`),
  ].join('\n\n')
  return {
    kind: side === 'bare' ? 'harmful_output' : 'safeguard_bypass',
    story: plain(
      `Found by our red team (${run}): ${attack}, asked of ${target.name} ${where}.${fixture} Objective: ${objective}. Judged: ${why}`,
      MOST_CHARS.story,
    ),
    category: isLabel(category) ? category : null,
    decision: DecisionId.safeParse(decision).success ? decision : null,
    model: plain(target.name, 200),
    steps: plain(steps, MOST_CHARS.steps),
    output: answer.trim() === '' ? null : plain(answer, MOST_CHARS.output),
    ...{ contact: null, credit: null },
  }
}

/** As words that people write are: no control characters, and no longer than is taken. */
function plain(text: string, maxChars: number): string {
  const written = text
    .toWellFormed()
    .replace(/[^\P{Cc}\n\r\t]/gu, ' ')
    .slice(0, maxChars)
    .toWellFormed()
    .trim()
  return written === '' ? '(nothing that can be shown)' : written
}
