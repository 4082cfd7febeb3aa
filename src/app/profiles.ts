import { z } from 'zod'
import { Chores } from '../base/chores.ts'
import type { ControlsConfig } from '../base/controls-config.ts'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type JournalDeps, put, type RecordKind } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { addMonths, CADENCES, type Cadence } from '../models/evaluation/index.ts'
import { modelsJournal, records } from '../models/records/index.ts'
import {
  NewProfileSwitch,
  type ProfileName,
  ProfileSwitch,
  type ProfileView,
  type ResponseConfig,
} from '../models/response/index.ts'
import { type ActionDefinition, twoPeople } from '../staff/index.ts'

/** The name under which two people switch the profile. */
export const PROFILE_ACTION = 'models.profile'

const SYSTEM: Actor = { type: 'system', id: 'scaling' }
const LOOK_MS = 1_000
const ID = 'profile'
const SEATS = ['rso', 'ceo'] as const

const Switches = z.object({ id: z.string(), switches: z.array(ProfileSwitch) })
type Switches = z.infer<typeof Switches>

const PROFILE: RecordKind<Switches> = {
  kind: 'scaling_profile',
  schema: Switches,
  columns: ({ id, switches }) => ({ id, at: switches.at(-1)?.at ?? new Date(0).toISOString() }),
}

/** What the configuration comes to: when evaluations fall due, and how seldom the edition whose commitments count would let them. */
export interface ConfiguredCadence extends Cadence {
  readonly mostMonths: number
}

export interface ProfilesDeps extends JournalDeps {
  readonly log: Log
  /** What holds until somebody switches. */
  readonly configured: ConfiguredCadence
}

/**
 * One choice says which commitments count and when evaluations fall due: `controls.profile`. `scaling.months` can only make them fall due more often.
 *
 * @throws {AppError} CONFIG_INVALID where it would make them fall due less often
 */
export function configuredCadence(
  { months, interval, buffer }: ResponseConfig,
  edition: ControlsConfig['profile'],
): ConfiguredCadence {
  const mostMonths = MOST_MONTHS[edition]
  if (months !== undefined && months > mostMonths)
    throw new AppError(
      'CONFIG_INVALID',
      `scaling.months: ${months}, and controls.profile is ${edition}, which asks for an evaluation every ${mostMonths} months at least: name fewer, or leave it out`,
    )
  return { months: months ?? mostMonths, interval, buffer, mostMonths }
}

/** 3.4 asks for risk reports in place of the calendar, every half year at the latest: what is evaluated then is no older. */
const MOST_MONTHS: Readonly<Record<ControlsConfig['profile'], number>> = {
  'rsp-1.0': CADENCES['rsp-1.0'].months,
  'rsp-2.2': CADENCES['rsp-2.2'].months,
  'rsp-3.4-governance': CADENCES['rsp-2.2'].months,
}

/**
 * By which edition of the policy evaluations fall due. The configuration says it until two people have switched; from then on what they agreed to
 * counts, and the configuration no more, but for this: evaluations never fall due less often than the edition whose commitments count asks. A date on which an evaluation fell due stays one: switching to longer intervals takes nothing back,
 * and switching to shorter ones makes nothing due before the switch.
 */
export class Profiles implements AsyncDisposable {
  /** As it is at each moment, for the room of evaluations. */
  readonly cadence: Cadence
  readonly #deps: ProfilesDeps
  readonly #journal: ReturnType<typeof modelsJournal>
  readonly #chores: Chores
  #switches: readonly ProfileSwitch[] = []

  static async open(deps: ProfilesDeps): Promise<Profiles> {
    const profiles = new Profiles(deps)
    await profiles.#journal.recover()
    await profiles.refresh()
    profiles.#chores.every(LOOK_MS, 'the profile of another replica not read', () => profiles.refresh())
    return profiles
  }

  private constructor(deps: ProfilesDeps) {
    this.#deps = deps
    this.#journal = modelsJournal('models.profile', deps)
    this.#chores = new Chores(deps.log)
    const { interval, buffer } = deps.configured
    const months = () => this.#months()
    this.cadence = {
      interval,
      buffer,
      get months() {
        return months()
      },
      dueMs: (fromMs) => this.dueMs(fromMs),
    }
  }

  view(): ProfileView {
    const months = this.#months()
    const last = this.#switches.at(-1)
    const profile = last === undefined ? profileOf(months) : last.to.profile
    return { profile, months, since: last?.at ?? null, switches: this.#switches.toReversed() }
  }

  /** When the calendar makes an evaluation due that is counted from an instant: the first at which the profile of that time says so. */
  dueMs(fromMs: number): number {
    const first = this.#switches[0]?.from.months ?? this.#deps.configured.months
    const periods = [
      { months: first, sinceMs: Number.NEGATIVE_INFINITY },
      ...this.#switches.map(({ at, to }) => ({ months: to.months, sinceMs: Date.parse(at) })),
    ]
    for (const [i, { months, sinceMs }] of periods.entries()) {
      const endMs = periods[i + 1]?.sinceMs ?? Number.POSITIVE_INFINITY
      const dueMs = Math.max(addMonths(fromMs, months), sinceMs)
      if (dueMs < endMs) return dueMs
    }
    return addMonths(fromMs, this.#months())
  }

  /** Reads what was switched here or on another replica. Runs every second. */
  async refresh(): Promise<void> {
    this.#switches = (await records.find(this.#deps.db, PROFILE, ID))?.switches ?? []
  }

  /** For the engine of approvals: one of CEO and RSO asks, the other agrees. */
  switching(): ActionDefinition<NewProfileSwitch> {
    return {
      schema: NewProfileSwitch,
      fresh: true,
      rule: () => twoPeople(SEATS),
      check: async ({ profile }) => this.#requireNews(profile),
      execute: async ({ profile }, { id, requester, approvers }) => {
        await this.#journal.make(SYSTEM, async (db) => {
          const switches = (await records.find(db, PROFILE, ID))?.switches ?? []
          // Carried out already, before a crash.
          if (switches.some(({ approval }) => approval === id)) return { events: [], result: null }
          const before = switches.at(-1)?.to ?? {
            profile: profileOf(this.#deps.configured.months),
            months: this.#deps.configured.months,
          }
          const people = [...new Set([requester, ...approvers])]
          if (people.length < 2) throw new AppError('CONFLICT', 'switching the profile takes two different people')
          const at = new Date(this.#deps.clock.now()).toISOString()
          const to = { profile, months: CADENCES[profile].months }
          const made: ProfileSwitch = { from: before, to, at, people, approval: id }
          const data = { from: before, to, people, approval: id }
          const event = { kind: 'models.profile_switched', subject: { type: 'profile', id: profile }, data }
          return { events: [event], puts: [put(PROFILE, { id: ID, switches: [...switches, made] })], result: null }
        })
        await this.refresh()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }

  #requireNews(profile: ProfileName): void {
    const { profile: held, months } = this.view()
    if (held === profile && months === CADENCES[profile].months)
      throw new AppError('CONFLICT', `${profile} is in force already`)
    const { mostMonths } = this.#deps.configured
    if (CADENCES[profile].months > mostMonths)
      throw new AppError(
        'CONFLICT',
        `${profile} asks for an evaluation every ${CADENCES[profile].months} months, and the commitments that count here for one every ${mostMonths}: name another edition in controls.profile first`,
      )
  }

  #months(): number {
    return this.#switches.at(-1)?.to.months ?? this.#deps.configured.months
  }
}

function profileOf(months: number): ProfileName | null {
  if (months === CADENCES['rsp-1.0'].months) return 'rsp-1.0'
  return months === CADENCES['rsp-2.2'].months ? 'rsp-2.2' : null
}
