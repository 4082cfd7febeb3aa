import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runs } from '../../../test/support/runs.ts'
import type { Member } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { WeightsAccessWorld } from '../../../test/support/weights-access-world.ts'
import { AppError } from '../../base/errors.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Role } from '../../staff/index.ts'
import type { Access, Device } from './index.ts'

const HOUR_MS = 3_600_000
const OPERATOR = { type: 'operator' as const, id: 'token' }
/** Who holds what; the two engineers have a device each. */
const ROLES: readonly Role[][] = [
  ['security_engineer'],
  ['security_engineer', 'ciso'],
  ['weights_approver'],
  ['weights_approver', 'rso'],
  ['rso'],
  ['analyst'],
]
const ENGINEERS = 2

interface Tracked {
  readonly approval: string
  readonly requester: number
  /** Who agreed successfully. */
  readonly agreed: Set<number>
  /** Whether more had to agree when it was asked for. */
  readonly stretch: boolean
}

/** What must be true, kept beside the real thing. */
interface Model {
  readonly asked: Tracked[]
  readonly lost: Set<number>
  readonly ended: Map<string, string>
  locked: boolean
  stretch: boolean
}

interface Real {
  readonly world: WeightsAccessWorld
  readonly replicas: readonly Access[]
  readonly members: readonly Member[]
  readonly devices: readonly Device[]
}

type Command = fc.AsyncCommand<Model, Real>

const pick = <T>(items: readonly T[], n: number): T | undefined => items.at(-1 - (n % Math.max(1, items.length)))
const at = <T>(items: readonly T[], n: number): T => {
  const item = items[n % items.length]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    // A refusal is a clear answer; anything else is a defect.
    if (!(error instanceof AppError) || error.status >= 500) throw error
    return null
  }
}

/** After every step, on every replica: what opens was agreed to by whom the rule wants, counts from then, and nothing stands against it. */
async function check(model: Model, { world, replicas, members, devices }: Real): Promise<void> {
  const { items } = await at(replicas, 0).grants.list({ limit: 200 })
  for (const grant of items) {
    const asked = model.asked.find(({ approval }) => approval === grant.approval)
    if (asked === undefined) throw new Error('given without being asked for')
    const approval = await world.staff.staff.approvals.get(asked.approval)
    const approvers = grant.approvers.map((id) => members.findIndex((member) => member.id === id))
    expect(grant.personId).toBe(members[asked.requester]?.id)
    for (const approver of approvers) expect(asked.agreed).toContain(approver)
    expect(new Set([asked.requester, ...approvers]).size).toBe(approvers.length + 1)
    expect(approvers.some((one) => ROLES[one]?.includes('weights_approver'))).toBe(true)
    if (asked.stretch) expect(approvers).toHaveLength(2)
    expect(grant.startsAt).toBe(approval.approvedAt)
    expect(Date.parse(grant.expiresAt) - Date.parse(grant.startsAt)).toBeLessThanOrEqual(HOUR_MS)
    const ended = model.ended.get(grant.id)
    if (ended !== undefined) expect(grant.state).toBe(ended)
    if (grant.state !== 'active') model.ended.set(grant.id, grant.state)
    const now = world.clock.now()
    const isWithin = now >= Date.parse(grant.startsAt) - 300_000 && now < Date.parse(grant.expiresAt)
    const may = grant.state === 'active' && isWithin && !model.locked && !model.lost.has(asked.requester)
    for (const replica of replicas) {
      const opened = await attempt(() =>
        replica.grants.requireActive(grant.id, at(devices, asked.requester).thumbprint),
      )
      expect(opened !== null).toBe(may)
    }
  }
}

function command(name: string, work: (model: Model, real: Real) => Promise<unknown>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await work(model, real)
      await check(model, real)
    },
    toString: () => name,
  }
}

const ask = (who: number) =>
  command(`ask(${who})`, async (model, { world, replicas, devices, members }) => {
    const requester = who % ENGINEERS
    const input = world.asking(at(devices, requester))
    const asked = await attempt(() => at(replicas, who).requests.ask(input, at(members, requester).id))
    expect(asked !== null).toBe(!model.locked && !model.lost.has(requester))
    if (asked !== null) model.asked.push({ approval: asked.id, requester, agreed: new Set(), stretch: model.stretch })
  })
const sign = async (request: Tracked, who: number, { world, members }: Real) => {
  const isNew = !request.agreed.has(who)
  // The signature is on its way when it is counted: noted before, taken back when it was refused.
  request.agreed.add(who)
  const given = await attempt(() => world.staff.approve(request.approval, at(members, who)))
  if (given === null && isNew) request.agreed.delete(who)
}
const approve = (which: number, who: number) =>
  command(`approve(${which}, ${who})`, async ({ asked }, real) => {
    const request = pick(asked, which)
    if (request !== undefined) await sign(request, who, real)
  })
const askAndApprove = (who: number, signers: readonly number[]) =>
  command(`ask(${who}) and approve(${signers})`, async (model, real) => {
    const before = model.asked.length
    await ask(who).run(model, real)
    for (const signer of signers) for (const request of model.asked.slice(before)) await sign(request, signer, real)
  })
const end = (which: number) =>
  command(`revoke(${which})`, async ({ ended }, { replicas }) => {
    const { items } = await at(replicas, which).grants.list({ limit: 200 })
    const grant = pick(items, which)
    if (grant === undefined) return
    const revoked = await attempt(() => at(replicas, which).grants.revoke(grant.id, OPERATOR, 'because'))
    expect(revoked !== null).toBe(grant.state === 'active')
    if (revoked !== null) ended.set(grant.id, 'revoked')
  })
const toggleLock = command('lock or unlock', async (model, { world, replicas, members }) => {
  if (!model.locked) await at(replicas, 1).locks.lock({ model: 'atlas' }, OPERATOR, 'because')
  else
    for (const { id, model: locked } of await at(replicas, 0).locks.list())
      await world.decided('weights.unlock', { lock: id, model: locked }, at(members, 1), at(members, 4))
  model.locked = !model.locked
})
const switchOver = command('switch', async (model, { world, members }) => {
  const on = !model.stretch
  await world.decided('weights.overlay', { on }, at(members, 4), at(members, 1))
  model.stretch = on
})
const loseRole = command('an engineer leaves the job', async ({ lost }, { world, members }) => {
  for (const { id, role } of await world.staff.staff.assignments.list(at(members, 0).id))
    if (role === 'security_engineer') await world.staff.staff.assignments.end(id, OPERATOR, 'moved on')
  lost.add(0)
})
const pass = (minutes: number, jumps: boolean, looked: boolean) =>
  command(
    `${jumps ? 'jump' : 'advance'}(${minutes} min)${looked ? ', looked' : ''}`,
    async (_, { world, replicas }) => {
      if (jumps) world.clock.jump(minutes * 60_000)
      else world.clock.advance(Math.abs(minutes) * 60_000)
      if (looked) await Promise.all(replicas.map((replica) => replica.catchUp()))
    },
  )

const commands = fc.commands(
  [
    fc.nat(3).map(ask),
    fc
      .tuple(fc.nat(3), fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 }))
      .map(([who, signers]) => askAndApprove(who, signers)),
    fc.tuple(fc.nat(2), fc.nat(ROLES.length - 1)).map(([which, who]) => approve(which, who)),
    fc.tuple(fc.nat(1), fc.constantFrom(2, 3, 4)).map(([which, who]) => approve(which, who)),
    fc.nat(3).map(end),
    fc.constant(toggleLock),
    fc.constant(switchOver),
    fc.constant(loseRole),
    fc.tuple(fc.integer({ min: -30, max: 70 }), fc.boolean(), fc.boolean()).map((given) => pass(...given)),
  ],
  { maxCommands: 20, size: 'max' },
)

describe.each(storeKinds('weights access model'))(
  'whatever people do with access to weights on $kind',
  ({ create, kind }) => {
    let store: TestStore
    let handle: DbHandle

    beforeAll(async () => {
      store = await create()
      handle = await store.open()
    })
    afterAll(async () => {
      await handle.close()
      await store[Symbol.asyncDispose]()
    })

    it('opens only what was agreed to, for as long as nothing stands against it', async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (run) => {
          await using world = await WeightsAccessWorld.open(handle)
          const members: Member[] = []
          for (const roles of ROLES) members.push(await world.member(...roles))
          const devices = [0, 1].map((owner) => world.device(at(members, owner), at(members, 2)))
          const real = {
            world,
            members,
            devices: [await at(devices, 0), await at(devices, 1)],
            replicas: [world.access, await world.another()],
          }
          const model: Model = { asked: [], lost: new Set(), ended: new Map(), locked: false, stretch: false }
          await fc.asyncModelRun(() => ({ model, real }), run)
        }),
        { numRuns: runs(kind === 'embedded' ? 10 : 5) },
      )
    })
  },
)
