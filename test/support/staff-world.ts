import { createHmac } from 'node:crypto'
import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import { type EventLog, LedgerEvent } from '../../src/ledger/index.ts'
import { newAssignment } from '../../src/staff/assignments.ts'
import type { StaffConfig as Config, Notice, Role, StaffIdentity } from '../../src/staff/index.ts'
import { Staff, StaffConfig } from '../../src/staff/index.ts'
import { ASSIGNMENT, PASSKEY, PERSON, type Person } from '../../src/staff/records.ts'
import * as store from '../../src/staff/store.ts'
import { SoftwareAuthenticator } from './software-authenticator.ts'

/** Keeps what it is given; `failing` decides on which side of an append the power goes. */
export class MemoryLog implements EventLog {
  readonly events: LedgerEvent[] = []
  failing: 'before' | 'after' | null = null
  async append(event: LedgerEvent): Promise<{ position: number }> {
    if (this.failing === 'before') throw new Error('disk gone')
    this.events.push(LedgerEvent.parse(event))
    if (this.failing === 'after') throw new Error('power cut')
    return { position: this.events.length - 1 }
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind)
  }
}

export interface Member {
  readonly id: string
  readonly key: SoftwareAuthenticator
}

let seed = 1

/** A staff with people in it, on one store; emptied at the start. */
export class StaffWorld {
  readonly clock = new ManualClock()
  readonly log = new MemoryLog()
  readonly notices: Notice[] = []
  readonly ids = seededIds(this.clock, seed++ * 7919)
  readonly handle: DbHandle
  staff!: Staff
  #config: Partial<Config>
  #secrets: { oidcClientSecret: string | null; scimToken: string | null }

  private constructor(handle: DbHandle, config: Partial<Config>, scimToken: string | null) {
    this.handle = handle
    this.#config = config
    this.#secrets = { oidcClientSecret: 'secret', scimToken }
  }

  static async open(
    handle: DbHandle,
    config: Partial<Config> = {},
    scimToken: string | null = null,
  ): Promise<StaffWorld> {
    await handle.db.deleteFrom('staffRecord').execute()
    await handle.db.deleteFrom('journalIntent').execute()
    const world = new StaffWorld(handle, config, scimToken)
    await world.reopen()
    return world
  }

  /** As another process, or this one after a crash, opens it. */
  async reopen(): Promise<Staff> {
    this.staff = await this.another()
    return this.staff
  }

  another(): Promise<Staff> {
    return Staff.open({
      db: this.handle,
      ledger: this.log,
      clock: this.clock,
      ids: this.ids,
      log: silentLog,
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      config: StaffConfig.parse(this.#config),
      secrets: this.#secrets,
      host: '127.0.0.1',
      installation: 'test.example',
      notify: (notice) => this.notices.push(notice),
    })
  }

  /** Puts a person with a key and roles there, past every ceremony. */
  async member(roles: readonly Role[], about: Partial<Person> = {}): Promise<Member> {
    const key = new SoftwareAuthenticator()
    const id = about.id ?? this.ids.next('per')
    const at = new Date(this.clock.now()).toISOString()
    const person: Person = {
      id,
      displayName: `Person ${id.slice(-4)}`,
      email: null,
      active: true,
      development: false,
      subject: null,
      provisioned: false,
      externalId: null,
      groupRoles: [],
      createdAt: at,
      deactivatedAt: null,
      ...about,
    }
    const { db } = this.handle
    await store.keep(db, PERSON, person)
    await this.addKey(id, key)
    for (const role of roles) {
      await store.keep(db, ASSIGNMENT, newAssignment(this.staff.context, { personId: id, role, source: 'approval' }))
    }
    return { id, key }
  }

  async addKey(personId: string, key: SoftwareAuthenticator): Promise<void> {
    await store.keep(this.handle.db, PASSKEY, {
      id: this.ids.next('pk'),
      personId,
      credentialId: key.id,
      publicKey: key.coseKey().toString('base64url'),
      counter: key.counter,
      transports: [],
      deviceType: 'singleDevice',
      backedUp: false,
      label: 'key',
      createdAt: new Date(this.clock.now()).toISOString(),
      lastUsedAt: null,
      removedAt: null,
    })
  }

  /** Signs in by key, as a browser would. */
  async signIn(member: Member, source = '192.0.2.1'): Promise<{ token: string; identity: StaffIdentity }> {
    const { ceremony, options } = await this.staff.signIn.start(source)
    const assertion = member.key.get({ challenge: String(options.challenge) })
    const { token } = await this.staff.signIn.finish(ceremony, assertion, { device: 'test', source })
    const identity = await this.staff.sessions.authenticate(token)
    if (identity === null) throw new Error('the session is not known')
    return { token, identity }
  }

  /** Signs what an approval says. */
  async approve(id: string, member: Member) {
    const { digest } = await this.staff.approvals.get(id)
    const challenge = Buffer.from(digest, 'hex').toString('base64url')
    return this.staff.approvals.approve(id, member.id, member.key.get({ challenge }))
  }
}
