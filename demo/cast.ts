import type { App } from '../src/app.ts'
import { type Approval, type Role, relyingParty } from '../src/staff/index.ts'
import { SoftwareAuthenticator } from '../test/support/software-authenticator.ts'

const ORIGIN = { device: 'demo', source: '127.0.0.1' }

/** Who works at Example Labs. Their security keys live as long as the demo is being built; nobody signs in as them afterwards. */
const PEOPLE = [
  ['ada', 'Ada Okafor', ['administrator']],
  ['bo', 'Bo Lindqvist', ['rso']],
  ['cem', 'Cem Aydın', ['ceo']],
  ['dee', 'Dee Alvarez', ['ciso']],
  ['eva', 'Eva Nováková', ['board']],
  ['femi', 'Femi Adeyemi', ['policy_editor']],
  ['gus', 'Gus Moreau', ['analyst']],
  ['hana', 'Hana Sato', ['analyst']],
  ['ivo', 'Ivo Petrov', ['security_engineer']],
  ['june', 'June Park', ['weights_approver']],
  ['kit', 'Kit Larsen', ['auditor']],
  ['lia', 'Lia Costa', ['analyst', 'child_safety']],
  ['mo', 'Mo Haddad', ['security_engineer']],
] as const satisfies readonly (readonly [string, string, readonly Role[]])[]
export type PersonName = (typeof PEOPLE)[number][0]

export interface Member {
  readonly id: string
  readonly name: string
  readonly roles: ReadonlySet<Role>
  readonly key: SoftwareAuthenticator
}

/** The people of the demo: each comes in by the links that the product gives out, and signs what they agree to with a key of their own. */
export class Cast {
  readonly #app: App
  readonly #members: ReadonlyMap<PersonName, Member>

  private constructor(app: App, members: ReadonlyMap<PersonName, Member>) {
    this.#app = app
    this.#members = members
  }

  /** The first administrator sets it up, invites the others and gives them their roles, as long as the bootstrap lets one person. */
  static async gather(app: App): Promise<Cast> {
    const { enrolment, people, approvals } = app.staff
    const members = new Map<PersonName, Member>()
    const register = async (token: string, about: { displayName: string } | null) => {
      const key = new SoftwareAuthenticator({ origin: relyingParty(app.staff.context.config).origin })
      const { ceremony, options } = await enrolment.start(token, about, ORIGIN.source)
      const attestation = key.create({ challenge: String(options.challenge) })
      const answer = { token, ceremony, attestation, label: 'security key', bootstrapDays: 14 }
      const { session } = await enrolment.finish(answer, ORIGIN)
      return { id: session.personId, key }
    }
    let administrator = ''
    for (const [handle, name, roles] of PEOPLE) {
      if (administrator === '') {
        const setup = await enrolment.issueSetup()
        if (setup === null) throw new Error('somebody was here before the first administrator')
        const first = await register(setup.token, { displayName: name })
        members.set(handle, { ...first, name, roles: new Set(roles) })
        administrator = first.id
        continue
      }
      const by = { type: 'staff', id: administrator } as const
      const { id } = await people.add({ displayName: name, email: `${handle}@labs.example` }, by)
      const { token } = await enrolment.invite(id, by)
      members.set(handle, { ...(await register(token, null)), name, roles: new Set(roles) })
      for (const role of roles) {
        const payload = { personId: id, role }
        const reason = 'Part of the first team'
        await approvals.request({ action: 'staff.grant_role', payload, reason, requester: administrator })
      }
    }
    return new Cast(app, members)
  }

  get(handle: PersonName): Member {
    const member = this.#members.get(handle)
    if (member === undefined) throw new Error(`nobody is called ${handle}`)
    return member
  }

  actor(handle: PersonName) {
    return { type: 'staff', id: this.get(handle).id } as const
  }

  /** As those who take a step are named to the rooms. */
  taker(handle: PersonName): { id: string; roles: ReadonlySet<Role> } {
    const { id, roles } = this.get(handle)
    return { id, roles }
  }

  /** One asks, the others agree with their keys. @throws where what they agreed to was not carried out */
  async agree(
    asking: PersonName,
    request: { readonly action: string; readonly payload: unknown; readonly reason: string },
    ...agreeing: readonly PersonName[]
  ): Promise<Approval> {
    const asked = await this.#app.staff.approvals.request({ ...request, requester: this.get(asking).id })
    return this.sign(asked.id, ...agreeing)
  }

  /** They agree to what was asked for. @throws where it was not carried out */
  async sign(approvalId: string, ...agreeing: readonly PersonName[]): Promise<Approval> {
    const { approvals } = this.#app.staff
    let approval = await approvals.get(approvalId)
    for (const handle of agreeing) {
      const { id, key } = this.get(handle)
      const { challenge } = await approvals.options(approvalId, id)
      approval = await approvals.approve(approvalId, id, key.get({ challenge: String(challenge) }))
    }
    if (approval.state !== 'executed')
      throw new Error(`${approval.action}: ${approval.state}, ${approval.closedReason}`)
    return approval
  }
}
