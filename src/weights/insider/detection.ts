import { z } from 'zod'
import { shipped } from '../../base/shipped.ts'
import type { Activity } from './activity/index.ts'
import { parsed } from './behaviour/table.ts'
import type { RaisedAlert } from './cases/raised.ts'
import type { InsiderConfig, Level } from './config.ts'
import { Detector, DetectorSettings } from './detector.ts'
import { RISING, RISK_KINDS, SEVERITIES } from './risk/index.ts'
import { RuleEngine, RuleSet } from './rules/index.ts'
import type { Json, Signal } from './signals/signal.ts'
import type { Detection, Standing } from './watch/engine.ts'

export const RULES_FOLDER = shipped('rules/insider')

const MOST_EVIDENCE = 50
const MOST_PEOPLE = 20_000
const Evidence = z.object({ activity: z.string(), timeMs: z.number(), cause: z.string() })
type Evidence = z.infer<typeof Evidence>
const Told = z.object({ episode: z.string(), level: z.int() })
const Snapshot = z.object({
  detector: z.json(),
  evidence: z.array(z.tuple([z.string(), z.array(Evidence)])),
  told: z.array(z.tuple([z.string(), Told])),
  newestMs: z.number(),
})

/** The rules that ship, or those of another folder. @throws {RulesInvalid} */
export function shippedRules(folder: string = RULES_FOLDER): RuleSet {
  return RuleSet.load(folder)
}

/** Rooms try their own alarms: who does that has done nothing. */
export function isDrill({ source, data }: Activity): boolean {
  return source === 'ledger' && data.drill === true
}

/** Risk from which an alert is raised, in nats. */
export function thresholdOf({ threshold }: Pick<InsiderConfig, 'threshold'>): number {
  return DetectorSettings.parse({ threshold }).threshold
}

/**
 * Detection as the watch runs it: the shipped rules, the models of behaviour, and the configured threshold.
 *
 * @param off causes that count for nothing, to see what would be without them
 */
export function detection(
  config: Pick<InsiderConfig, 'threshold'>,
  rules: RuleSet = shippedRules(),
  off: readonly string[] = [],
): Detection {
  return new Detecting(rules, { threshold: thresholdOf(config) }, off)
}

/**
 * The detector, told of as cases need it: an alert at the threshold, and another where the same episode gets grave, since more is done then; each
 * with the activities that it rests on.
 */
class Detecting implements Detection {
  readonly #detector: Detector
  /** What gave signals lately, by person. */
  readonly #evidence = new Map<string, Evidence[]>()
  /** How grave what was told of each person's episode is, as a place in `SEVERITIES`. */
  readonly #told = new Map<string, z.infer<typeof Told>>()
  readonly #threshold: number
  #peaks: { person: string; timeMs: number; risk: number; episode: string }[] = []
  #newestMs = 0

  constructor(rules: RuleSet, settings: Pick<DetectorSettings, 'threshold'>, off: readonly string[]) {
    this.#threshold = settings.threshold
    this.#detector = new Detector({
      observers: { rules: new RuleEngine(rules) },
      settings,
      ...(off.length === 0 ? {} : { off: new Set(off) }),
      onSignal: (signal) => this.#keep(signal),
      onPeak: (peak) => this.#peaks.push(peak),
    })
  }

  observe(activity: Activity): readonly RaisedAlert[] {
    this.#newestMs = Math.max(this.#newestMs, activity.timeMs)
    if (isDrill(activity)) return []
    this.#peaks = []
    const alerts = this.#detector.observe(activity)
    const certain = alerts.filter(({ isCertain }) => isCertain)
    const raised = certain.map(({ id, person, timeMs, risk }) =>
      this.#raised(`ialr_${id}`, person, timeMs, risk, 'certain'),
    )
    for (const { person, timeMs, risk, episode } of this.#peaks) {
      const level = this.#levelOf(risk)
      const told = this.#told.get(person)
      const before = told?.episode === episode ? told.level : -1
      if (level <= before) continue
      // Nothing is graver than certain.
      if (certain.some((alert) => alert.person === person)) {
        keepNewest(this.#told, person, { episode, level: SEVERITIES.length })
        continue
      }
      keepNewest(this.#told, person, { episode, level })
      const name = SEVERITIES[level]
      if (name !== undefined) raised.push(this.#raised(`ialr_${episode}-${name}`, person, timeMs, risk, name))
    }
    return raised
  }

  standings(most: number): Standing[] {
    return RISK_KINDS.flatMap((kind) =>
      this.#detector.board(kind, this.#newestMs, most).map(
        ({ id, risk, reasons }): Standing => ({
          ...{ of: kind, id, risk },
          causes: reasons.map(({ cause, nats, says }) => ({ cause, risk: nats, says })),
        }),
      ),
    )
  }

  snapshot(): Json {
    return {
      detector: this.#detector.snapshot(),
      evidence: [...this.#evidence].map(([person, list]) => [person, list.map((one) => ({ ...one }))]),
      told: [...this.#told].map(([person, one]) => [person, { ...one }]),
      newestMs: this.#newestMs,
    }
  }

  restore(snapshot: Json): void {
    const { detector, evidence, told, newestMs } = parsed(Snapshot, snapshot)
    this.#detector.restore(detector)
    this.#evidence.clear()
    for (const [person, list] of evidence) this.#evidence.set(person, list)
    this.#told.clear()
    for (const [person, one] of told) this.#told.set(person, one)
    this.#newestMs = newestMs
  }

  #raised(id: string, person: string, timeMs: number, risk: number, level: Level): RaisedAlert {
    const { reasons } = this.#detector.standing('person', person, timeMs)
    return {
      ...{ id, person, timeMs, risk, level },
      reasons: reasons.map(({ cause, nats, says, activity, timeMs: at }) => ({
        ...{ cause, says, weight: nats, activity, timeMs: at },
      })),
      evidence: [...(this.#evidence.get(person) ?? [])],
    }
  }

  /** @returns -1 below the threshold */
  #levelOf(risk: number): number {
    return SEVERITIES.findLastIndex((name) => risk >= RISING[name] * this.#threshold)
  }

  #keep({ person, activity, timeMs, cause }: Signal): void {
    const list = this.#evidence.get(person) ?? []
    list.push({ activity, timeMs, cause })
    if (list.length > MOST_EVIDENCE) list.shift()
    keepNewest(this.#evidence, person, list)
  }
}

function keepNewest<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= MOST_PEOPLE) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
