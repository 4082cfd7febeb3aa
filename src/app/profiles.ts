import { z } from 'zod'
import { Chores } from '../base/chores.ts'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type JournalDeps, put, type RecordKind } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { addMonths, CADENCES, type Cadence } from '../models/evaluation/index.ts'
import { modelsJournal, records } from '../models/records/index.ts'
import { NewProfileSwitch, type ProfileName, ProfileSwitch, type ProfileView } from '../models/response/index.ts'
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

export interface ProfilesDeps extends JournalDeps {
  readonly log: Log
  /** What holds until somebody switches. */
  readonly configured: Cadence
}

/**
 * By which edition of the policy evaluations fall due. The configuration says it until two people have switched; from then on what they agreed to
 * counts, and the configuration no more. A date on which an evaluation fell due stays one: switching to longer intervals takes nothing back,
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
  }

  #months(): number {
    return this.#switches.at(-1)?.to.months ?? this.#deps.configured.months
  }
}

function profileOf(months: number): ProfileName | null {
  if (months === CADENCES['rsp-1.0'].months) return 'rsp-1.0'
  return months === CADENCES['rsp-2.2'].months ? 'rsp-2.2' : null
}
