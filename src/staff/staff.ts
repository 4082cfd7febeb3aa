import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { EventLog } from '../ledger/index.ts'
import { Approvals } from './approvals/approvals.ts'
import { Assignments } from './assignments.ts'
import { checkStaffConfig, type StaffConfig, type StaffSecrets } from './config.ts'
import type { Notice, StaffContext } from './context.ts'
import { coursewareOf } from './courses/catalogue.ts'
import { Courses } from './courses/courses.ts'
import { Enrolment } from './enrolment.ts'
import { staffJournal } from './journal.ts'
import { LockOut } from './lock-out.ts'
import { Oidc } from './oidc.ts'
import { Passkeys } from './passkeys.ts'
import { People } from './people.ts'
import { Recoveries } from './recovery.ts'
import { resetAction } from './reset.ts'
import { Scim } from './scim.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'

export interface StaffDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly config: StaffConfig
  readonly secrets: StaffSecrets
  /** The address that the control plane binds. */
  readonly host: string
  /** The name of the installation, as people see it in what they sign. */
  readonly installation: string
  /** Called for what everybody should hear of at once; must not throw. */
  readonly notify?: (notice: Notice) => void
}

const POLL_MS = 5_000
const TRAINING_MS = 60_000

/** People, what they may do, and what they decide together. */
export class Staff implements AsyncDisposable {
  readonly people: People
  readonly courses: Courses
  readonly passkeys: Passkeys
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly enrolment: Enrolment
  readonly assignments: Assignments
  readonly approvals: Approvals
  readonly recoveries: Recoveries
  /** null where no identity provider is configured. */
  readonly oidc: Oidc | null
  /** null where no SCIM token is configured. */
  readonly scim: Scim | null
  readonly context: StaffContext
  readonly #config: StaffConfig
  readonly #chores: Chores

  /**
   * Finishes what a crash cut off. Rooms register their actions next; then `start` lets approved ones be carried out.
   *
   * @throws {AppError} CONFIG_INVALID, LEDGER_UNAVAILABLE
   */
  static async open(deps: StaffDeps): Promise<Staff> {
    checkStaffConfig(deps.config, deps.secrets, deps.host)
    const staff = new Staff(deps)
    await staff.context.journal.recover()
    return staff
  }

  private constructor(deps: StaffDeps) {
    const { db, ledger, clock, ids, log, digest, secrets, installation, notify = () => {} } = deps
    const config = { ...deps.config }
    this.#config = config
    const journal = staffJournal({ db: db.db, ledger, clock, ids })
    const courseware = coursewareOf(config.courses ?? null)
    const context = { db, journal, clock, ids, log, config, secrets, courseware, digest, installation, notify }
    const lockOut = new LockOut(clock)
    this.context = context
    this.#chores = new Chores(log)
    this.passkeys = new Passkeys(context)
    this.sessions = new Sessions(context)
    this.courses = new Courses(context)
    this.people = new People(context, this.sessions, this.courses)
    this.assignments = new Assignments(context)
    this.approvals = new Approvals(context)
    const parts = { people: this.people, passkeys: this.passkeys, sessions: this.sessions, lockOut }
    this.signIn = new SignIn(context, parts)
    this.enrolment = new Enrolment(context, parts)
    this.recoveries = new Recoveries(context, {
      approvals: this.approvals,
      assignments: this.assignments,
      enrolment: this.enrolment,
    })
    this.oidc = config.oidc === undefined ? null : new Oidc(context, config.oidc, parts)
    this.scim = secrets.scimToken === null ? null : new Scim(context, this.people)
    this.approvals.registerAction('staff.grant_role', this.assignments.grantAction())
    this.approvals.registerAction('staff.reset_passkeys', resetAction(context, this.sessions))
  }

  /** Where browsers really reach the console, when the port was for the system to choose. To be called before people are served. */
  reachedAt(origin: string): void {
    this.#config.origin = origin
  }

  /** To be called once every room has registered its actions. */
  start(): void {
    this.#chores.every(POLL_MS, 'staff not caught up', () => this.catchUp())
    this.#chores.every(TRAINING_MS, 'training dates not looked at', () => this.courses.catchUp())
  }

  /** Finishes, expires and carries out whatever is due. Runs every five seconds. */
  async catchUp(): Promise<void> {
    await this.context.journal.recover()
    await this.passkeys.sweep()
    await this.approvals.catchUp()
    await this.recoveries.catchUp()
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.approvals.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
