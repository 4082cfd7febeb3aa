import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guarded, unguarded } from '../../src/controls/probes/rsp/cases.ts'
import { rspProbes } from '../../src/controls/probes/rsp/index.ts'
import { DEPLOYMENT_MACHINE, Machine, STEP_ACTION, TRAINING_MACHINE } from '../../src/models/response/index.ts'
import type { SignedIn } from '../support/app-staff.ts'
import { FamilyProbes } from '../support/family-probes.ts'
import { ProbeWorld, RSO, ShiftedClock, taker } from '../support/probe-world.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const clock = new ShiftedClock()
let running: RunningApp
let probes: ProbeWorld
let people: SignedIn[]

beforeAll(async () => {
  running = await startApp({ clock })
  probes = new ProbeWorld(running)
})
afterAll(async () => {
  probes[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

/** Made anew for each look: what they read of the programme counts for a round. */
const family = () => new FamilyProbes(probes, rspProbes)
const look = (control: string) => family().says(control)
const rooms = () => running.app.modelRooms
const BY_REHEARSAL = [
  'RSP-01',
  'RSP-02',
  'RSP-03',
  'RSP-04',
  'RSP-05',
  'RSP-06',
  'RSP-07',
  'RSP-08',
  'RSP-09',
  'RSP-10',
]
const ALL = [...BY_REHEARSAL, 'RSP-11', 'RSP-12', 'RSP-13', 'RSP-14', 'RSP-15']
const takers = taker(RSO.id, 'rso')
const alone = { takers, actor: RSO, approval: null, reason: 'because' }
/** Roles sleep when nobody has been trained for a while: after each leap of the clock there are new people. */
const staffed = async () => {
  people = [await probes.signIn('rso'), await probes.signIn('ceo'), await probes.signIn('ciso')]
}
const byTwo = (of: string, step: string, who: readonly number[] = [0, 1]) =>
  probes.approved(
    STEP_ACTION,
    { case: of, step },
    who.flatMap((i) => people[i] ?? []),
  )
const show = (id: string, kind: string) => rooms().response.cases.show(id, { kind, reference: 'filed' }, RSO)
const drill = () => rooms().response.drills.run({ deployment: 'prod' }, takers, RSO)

async function every(controls: readonly string[], state: string) {
  const expected = Object.fromEntries(controls.map((control) => [control, state]))
  expect(await family().states(controls)).toEqual(expected)
}

describe('the guard of a machine, asked dry', () => {
  it('is found out where it lets a step through alone, without evidence, or not at all', () => {
    const base = TRAINING_MACHINE.transitions.resume_held
    const changed = (transition: object) =>
      new Machine({ ...TRAINING_MACHINE, transitions: { resume_held: { ...base, ...transition } } })
    expect(unguarded(new Machine(TRAINING_MACHINE), 'resume_held')).toBeNull()
    expect(unguarded(changed({ authority: { by: 'two', requesters: ['rso'], seats: [] } }), 'resume_held')).toMatch(
      /one person alone/,
    )
    const twice = [['next_level'], ['next_level', 'policy_amendment']]
    expect(unguarded(changed({ needs: twice }), 'resume_held')).toBeNull()
    expect(unguarded(changed({ from: [] }), 'resume_held')).toMatch(/even with all/)
    expect(guarded(new Machine(DEPLOYMENT_MACHINE), ['reopen', 'nothing']).state).toBe('fails')
  })
})

describe('probes of responses', () => {
  it('say unknown while nothing has happened and nothing was rehearsed', async () => {
    await every(ALL, 'unknown')
    expect(await look('RSP-02')).toBe('unknown: pause has neither happened nor been rehearsed')
  })

  it('see a rehearsal fail, go well, and grow old', async () => {
    await rooms().registry.checkpoints.record({ model: 'orca', checkpoint: 'c1', flops: 1e24 }, RSO)
    const surfaces = [
      { kind: 'api' as const, name: 'api', gatewayModels: [MODEL] },
      { kind: 'partner' as const, name: 'reef', gatewayModels: [] },
    ]
    await rooms().registry.deployments.declare({ deployment: 'prod', checkpoint: 'orca/c1', surfaces }, RSO)
    await drill()
    expect(await look('RSP-01')).toMatch(
      /^fails: the rehearsal of pause .* failed: there are people who can: lift_pause/,
    )
    expect(await look('RSP-05')).toMatch(/^fails: the rehearsal of 2c .* failed: there are people who can: convene/)
    await staffed()
    await drill()
    await every(BY_REHEARSAL, 'holds')
    expect(await look('RSP-12')).toMatch(/^holds: 3 people may take a deployment away/)
    clock.advanceDays(200)
    await every(BY_REHEARSAL, 'stale')
    expect(await look('RSP-07')).toMatch(/^stale: the rehearsal of 2d .* is 200 days old/)
    await staffed()
    await drill()
    await every(BY_REHEARSAL, 'holds')
  })

  it('see what is served without having passed', async () => {
    expect(await look('RSP-14')).toMatch(/^fails: prod is served, and no assessment of this line has cleared as BELOW/)
  })

  it('see a halt that nobody follows up, and that somebody undoes in the store', async () => {
    const { response } = rooms()
    const operator = { type: 'operator', id: 'operator' } as const
    const { id } = await response.incidents.halt({ model: 'orca', reason: 'uplift' }, takers, operator)
    expect(await look('RSP-14')).toBe('holds: prod is halted: no new customers')
    expect(await look('RSP-07')).toBe(`fails: ${id}: nobody has answered the order to halt prod on reef`)
    await response.incidents.acknowledge(id, { deployment: 'prod', surface: 'reef', reference: 'their letter' }, RSO)
    expect(await look('RSP-07')).toBe(`holds: ${id}: no new customers for 1 deployment, by what the gateway goes by`)

    expect(await look('RSP-08')).toBe(`fails: ${id}: nobody is to assess prod`)
    await response.incidents.assign(id, 'deployment/prod', people[0]?.id ?? '', RSO)
    expect(await look('RSP-08')).toMatch(/^holds: .* 0 of 1 deployment assessed, due/)
    clock.advanceDays(4)
    expect(await look('RSP-08')).toMatch(/^fails: .* prod was not assessed for an emergency in time/)

    const back = await probes.tamper('response_case', 'deployment/prod', { state: 'live' })
    for (const control of ['RSP-07', 'RSP-08', 'RSP-09', 'RSP-10', 'RSP-12', 'RSP-14'])
      expect(await look(control)).toBe(
        'fails: deployment/prod is live in the store; on the ledger the last step led to halted',
      )
    await back()
    expect(await look('RSP-07')).toMatch(/^holds/)
  })

  it('see an emergency whose customers hear nothing, and whose post-mortem is owed', async () => {
    const { response } = rooms()
    const id = 'deployment/prod'
    await response.incidents.emergency(id, { reason: 'uplift' }, takers, RSO)
    const { items } = await response.incidents.list({ state: 'open', limit: 10 })
    const incident = items.find((one) => !one.drill)?.id ?? ''
    const unanswered = `fails: ${incident}: nobody has answered the order to put on the safeguards: prod on reef`
    expect(await look('RSP-09')).toBe(unanswered)
    await response.incidents.acknowledge(incident, { deployment: 'prod', surface: 'reef', reference: 'a letter' }, RSO)
    expect(await look('RSP-09')).toMatch(/^holds: deployment\/prod: safeguards in force, \d+ customers? told/)
    const untold = await probes.tamper('response_case', id, { told: [] })
    expect(await look('RSP-09')).toBe('fails: deployment/prod: the customers were not told of the safeguards')
    await untold()
    const bare = await probes.tamper('response_case', id, { safeguards: null })
    expect(await look('RSP-09')).toBe('fails: deployment/prod is restricted, and no safeguards are in force')
    await bare()
    expect(await look('RSP-09')).toMatch(/^holds/)

    expect(await look('RSP-10')).toMatch(/^unknown: .* post_mortem and policy_amendment missing/)
    clock.advanceDays(31)
    expect(await look('RSP-10')).toMatch(/^fails: deployment\/prod is restricted since 31 days/)
    await show(id, 'post_mortem')
    await show(id, 'policy_amendment')
    expect(await look('RSP-10')).toMatch(/^holds/)
    await response.cases.take(id, 'remove', alone)
    await response.housekeep()
    await staffed()
    expect(await look('RSP-12')).toMatch(/^holds/)
    await every(['RSP-07', 'RSP-08', 'RSP-09'], 'holds')
  })

  it('see a line that was met and is left lying, interim measures that nobody vouches for, and another line go past it', async () => {
    const { response, registry, training } = rooms()
    await response.meet('orca', { ...alone, takers: 'system' })
    expect(await look('RSP-02')).toBe('holds: training/orca is met: nothing trains')
    expect(await look('RSP-11')).toMatch(/^unknown: training\/orca is met: no plan of interim measures is attested/)
    const moved = await probes.tamper('response_case', 'training/orca', { state: 'training' })
    clock.advance(3_000)
    for (const control of ['RSP-01', 'RSP-02', 'RSP-03', 'RSP-04', 'RSP-05', 'RSP-06'])
      expect(await look(control)).toBe(
        'fails: training/orca is training in the store; on the ledger the last step led to met',
      )
    await moved()
    expect(await look('RSP-02')).toMatch(/^holds/)

    await registry.checkpoints.record({ model: 'kelp', checkpoint: 'c1', flops: 1e24 }, RSO)
    await registry.runs.declare({ model: 'kelp', run: 'r1', plannedFlops: 2e24, safetyReview: 'filed' }, RSO)
    expect(await look('RSP-13')).toMatch(/^holds: orca: restricted, and no lease/)
    const lease = await training.ask({ model: 'kelp', run: 'r1', flops: 1.1e24 }, RSO)
    expect(lease.answer).toBe('continue')
    expect(await look('RSP-13')).toMatch(
      /^fails: kelp\/r1 may be trained to .* while orca, of 1e\+24 FLOP, is restricted/,
    )
    await response.cases.take('training/kelp', 'pause', alone)
    clock.advance(31 * 60_000)
    expect(await look('RSP-13')).toMatch(/^holds/)

    clock.advanceDays(15)
    await staffed()
    expect(await look('RSP-02')).toBe(
      'fails: training/orca has been met for 15 days, and nobody has begun to analyse it',
    )
    expect(await look('RSP-11')).toMatch(/^fails/)
    probes.attest('RSP-11', true)
    expect(await look('RSP-11')).toMatch(/^holds: attested/)
    await response.cases.take('training/orca', 'analyse', alone)
    expect(await look('RSP-02')).toMatch(/^holds/)
  })

  it('see locked weights over which nobody convenes and nothing is decided', async () => {
    const { response } = rooms()
    await response.cases.take('training/orca', 'lock', alone)
    expect(await look('RSP-05')).toBe('holds: the weights of orca are locked')
    expect(await look('RSP-06')).toMatch(/^unknown: training\/orca is locked/)
    clock.advanceDays(2)
    expect(await look('RSP-06')).toMatch(/^fails: .* locked 2 days ago, and CISO and CEO have not been convened/)
    await byTwo('training/orca', 'convene', [2, 1])
    expect(await look('RSP-06')).toMatch(/^unknown: .* have convened/)
    clock.advanceDays(16)
    await staffed()
    expect(await look('RSP-06')).toMatch(/^fails: .* no decision on the weights is on record/)
    await show('training/orca', 'retention_decision')
    await byTwo('training/orca', 'retain', [2, 1])
    expect(await look('RSP-06')).toMatch(/^holds: /)
  })

  it('see a line go to the next level, and nobody look at the one after', async () => {
    const { response, evaluations } = rooms()
    const id = 'training/kelp'
    await show(id, 'pause_finding')
    await byTwo(id, 'lift_pause')
    await response.meet('kelp', { ...alone, takers: 'system' })
    await show(id, 'containment_built')
    await response.cases.take(id, 'activate', alone)
    expect(await look('RSP-01')).toMatch(/^holds: training\/kelp is stopped since/)
    await show(id, 'safeguards_active')
    await byTwo(id, 'resume_contained')
    expect(await look('RSP-01')).toBe('holds: training/kelp: resume_contained by 2 people, to training')
    const { history } = await response.cases.get(id)
    const byOne = history.map((taken) => ({ ...taken, people: taken.people.slice(0, 1) }))
    const back = await probes.tamper('response_case', id, { history: byOne })
    expect(await look('RSP-01')).toBe('fails: resume_contained of training/kelp was taken by one person')
    await back()
    expect(await look('RSP-15')).toMatch(/^fails: kelp went to the next level .* and no assessment for the one after/)
    const suite = {
      suite: 'bio-2',
      domain: 'cbrn',
      threshold: 'CBRN-4',
      rule: { kind: 'rate' as const, line: 0.5 },
      tasks: 40,
    }
    await evaluations.suites.freeze(suite, RSO)
    await evaluations.assessments.open({ checkpoint: 'kelp/c1', suites: ['bio-2'] }, RSO)
    expect(await look('RSP-15')).toMatch(/^holds: kelp went to the next level/)
  })
})
