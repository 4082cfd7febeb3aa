import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EnforcementWorld } from '../../../test/support/enforcement-world.ts'
import { StaffWorld } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { REINSTATE, reinstatementAction } from './reinstatement.ts'

describe.each(storeKinds('reinstatement'))('reinstatement on $kind', ({ create }) => {
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

  it('takes one person to restrict and two different ones to lift, whatever way round they try', async () => {
    await using world = await EnforcementWorld.open(handle)
    const people = await StaffWorld.open(handle)
    const { approvals } = people.staff
    approvals.registerAction(REINSTATE, reinstatementAction(world.enforcement))
    const [ann, bob] = [await people.member(['analyst']), await people.member(['analyst'])]
    const editor = await people.member(['policy_editor'])
    const subject = { type: 'end_user', id: world.user('mallory') } as const
    const suspend = { subject, step: 'suspend', reason: 'policy_violation' } as const
    const action = await world.enforcement.restrict(suspend, { type: 'staff', id: ann.id })
    const stepNow = () => world.enforcement.restrictionOf(world.principals[0], subject.id)?.step
    const ask = (requester: string, actionId = action.id) =>
      approvals.request({ action: REINSTATE, payload: { actionId }, reason: 'it was a novel', requester })

    await expect(ask(editor.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(ask(ann.id, 'act_00000000000000000000000000')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(ask(ann.id, 'x')).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const { id } = await ask(ann.id)
    await expect(people.approve(id, ann)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(people.approve(id, editor)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(stepNow()).toBe('suspend')
    expect(await people.approve(id, bob)).toMatchObject({ state: 'executed' })
    expect(stepNow()).toBeUndefined()
    expect(await world.enforcement.readings.action(action.id)).toMatchObject({
      ended: { cause: 'lifted', authority: id },
    })
    await expect(ask(bob.id)).rejects.toMatchObject({ code: 'CONFLICT' })
    await people.staff.close()
  })
})
