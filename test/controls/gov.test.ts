import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROFILE_ACTION } from '../../src/app.ts'
import { govProbes } from '../../src/controls/probes/gov/index.ts'
import { whcProbes } from '../../src/controls/probes/whc/index.ts'
import { CARD_PUBLISH_ACTION, printCard } from '../../src/models/cards/index.ts'
import { DECIDE_ACTION } from '../../src/models/evaluation/index.ts'
import { STEP_ACTION } from '../../src/models/response/index.ts'
import { ROLES } from '../../src/staff/index.ts'
import type { SignedIn } from '../support/app-staff.ts'
import { CardsWorld } from '../support/cards-world.ts'
import { FamilyProbes } from '../support/family-probes.ts'
import { ProbeWorld, RSO, ShiftedClock, taker } from '../support/probe-world.ts'
import { redTeamRun, streamOf } from '../support/refusal-results.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const clock = new ShiftedClock()
let running: RunningApp
let probes: ProbeWorld
let rso: SignedIn
let ceo: SignedIn
let beforeOpening: string

beforeAll(async () => {
  running = await startApp({ clock })
  probes = new ProbeWorld(running)
})
afterAll(async () => {
  probes[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

/** Made anew for each look: what they read of the programme counts for a round. */
const family = () => new FamilyProbes(probes, (world) => [...govProbes(world), ...whcProbes(world)])
const look = (control: string) => family().says(control)
const rooms = () => running.app.modelRooms
const BY_WORD = ['GOV-01', 'GOV-02', 'GOV-07', 'GOV-12', 'GOV-14', 'GOV-17', 'GOV-23', 'GOV-25', 'GOV-29', 'WHC-05']
const takers = taker(RSO.id, 'rso')
/** Roles sleep when nobody has been trained for a while: after each leap of the clock there are new people. */
const lead = async () => {
  ;[rso, ceo] = [await probes.signIn('rso'), await probes.signIn('ceo')]
}

/** Evaluated as BELOW on four tasks of autonomy; concluded. */
async function assess(checkpoint: string): Promise<{ id: string; reportDigest: string | null }> {
  const { evaluations } = rooms()
  const { id } = await evaluations.assessments.open({ checkpoint, suites: ['auto-1'] }, RSO)
  const about = { suite: 'auto-1', snapshot: 'helpful-only', scorer: null }
  await evaluations.importFile(id, probes.results(4, 10, 1), about, RSO)
  const done = 'done' as const
  const steps = { chainOfThought: done, bestOfN: done, tools: done, scaffold: done, fineTuned: done, helpfulOnly: done }
  const given = {
    elicitation: steps,
    transcripts: { read: 40, spurious: 0 },
    contamination: { checked: true, unreplaced: 0 },
    grader: { positives: 20, recognised: 20 },
  }
  await evaluations.assessments.vouch(id, 'auto-1', given, RSO)
  for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const)
    await evaluations.assessments.show(id, name, { words: `about ${name}` }, RSO)
  const { verdict, reportDigest } = await evaluations.conclude(id, RSO)
  expect(verdict).toBe('BELOW')
  return { id, reportDigest }
}

/** A run of a runbook to its end, by somebody who holds every role. */
async function exercise(runbook: string): Promise<void> {
  const { runbooks } = running.app
  const all = { actor: RSO, roles: new Set(ROLES) }
  const { id, steps } = await runbooks.start({ runbook, drill: true }, all)
  for (const { step } of steps) {
    if (step.kind === 'decide')
      await runbooks.work(id, step.id, { act: 'answer', answer: step.answers.at(-1)?.id ?? '' }, all)
    const now = (await runbooks.get(id, all)).steps.find((one) => one.step.id === step.id)
    if (step.kind === 'do' && now?.open) await runbooks.work(id, step.id, { act: 'done' }, all)
  }
  await runbooks.close(id, { outcome: 'finished', summary: 'exercised', despite: 'nothing was stolen' }, all)
}

describe('probes of governance', () => {
  it('say unknown where there is nothing to look at', async () => {
    const families = [...govProbes(probes.world), ...whcProbes(probes.world)]
    expect(families).toHaveLength(31)
    const found = await Promise.all(families.map(async (one) => [one.control, (await one.look()).state] as const))
    const known = found.filter(([, state]) => state !== 'unknown')
    // That reports can be made is a standing ability, and nobody is there to read one.
    expect(known).toEqual([['WHC-04', 'fails']])
  })

  it('see offices empty and filled again', async () => {
    await rooms().registry.checkpoints.record({ model: 'orca-2', checkpoint: 'c1', flops: 1e24 }, RSO)
    expect(await look('GOV-04')).toBe('fails: nobody is Responsible Scaling Officer while gates depend on it')
    rso = await probes.signIn('rso')
    expect(await look('GOV-04')).toBe('holds: 1 person holds the role')
    expect(await look('GOV-10')).toBe('fails: a concern would be turned away: nobody is board or auditor')
    expect(await look('GOV-11')).toBe('fails: a concern about the RSO has no member of the board to go to')
    expect(await look('GOV-15')).toMatch(/^fails: there is nobody besides the RSO/)
    const board = await probes.signIn('board')
    expect(await look('GOV-11')).toBe('fails: reporters can’t choose: only one office besides the RSO is held')
    ceo = await probes.signIn('ceo')
    for (const control of ['GOV-10', 'GOV-11', 'GOV-15']) expect(await look(control)).toMatch(/^holds/)
    await probes.dismiss(board)
    expect(await look('GOV-10')).toMatch(/^fails/)
    await probes.signIn('board')
    expect(await look('GOV-10')).toMatch(/^holds/)
    await probes.dismiss(rso)
    expect(await look('GOV-04')).toMatch(/^fails/)
    await lead()

    expect(await look('WHC-04')).toMatch(/^fails: nobody may work on reports/)
    const analyst = await probes.signIn('analyst')
    expect(await look('WHC-04')).toBe('holds: 4 of 4 ways to report answer')
    await probes.dismiss(analyst)
    expect(await look('WHC-04')).toMatch(/^fails/)
  })

  it.each(BY_WORD)('take the word of who answers for it: %s', async (control) => {
    expect(await look(control)).toMatch(/^unknown/)
    probes.attest(control, false)
    expect(await look(control)).toMatch(/^fails: who answers for it said on .* that it does not hold/)
    probes.attest(control, true)
    expect(await look(control)).toMatch(/^holds: attested on/)
  })

  it('see an edition that nobody switched by two', async () => {
    await probes.approved(PROFILE_ACTION, { profile: 'rsp-2.2', reason: 'the board adopted it' }, [rso, ceo])
    expect(await look('GOV-02')).toMatch(/^holds/)
    const { switches } = rooms().profiles.view()
    const alone = switches.map((one) => ({ ...one, people: [rso.id] }))
    const back = await probes.tamper('scaling_profile', 'profile', { switches: alone })
    await rooms().profiles.refresh()
    expect(await look('GOV-02')).toBe('fails: the edition was switched without two people on the ledger')
    await back()
    await rooms().profiles.refresh()
    expect(await look('GOV-02')).toMatch(/^holds/)
  })

  it('see runs and deployments that nobody reviewed, and evaluations that came after the run', async () => {
    const { registry, evaluations, training, response } = rooms()
    expect(await look('GOV-31')).toBe('fails: orca-2 is trained, and no evaluation of the next level is defined')
    await registry.runs.declare({ model: 'orca-2', run: 'r0', plannedFlops: 2e24, safetyReview: 'filed' }, RSO)
    clock.advance(1_000)
    const about = {
      suite: 'auto-1',
      domain: 'autonomy',
      threshold: 'AI-RD-4',
      rule: { kind: 'autonomy' as const },
      tasks: 4,
    }
    await evaluations.suites.freeze(about, RSO)
    const threat = { threat: 'copies', domain: 'autonomy', threshold: 'AI-RD-4', suites: ['auto-1'] }
    await evaluations.suites.mapThreat({ ...threat, actor: 'itself', capability: 'copies', baseline: 'scripts' }, RSO)
    expect(await look('GOV-31')).toBe(
      'fails: orca-2/r0 was declared before any evaluation of the next level was frozen',
    )
    await registry.runs.end('orca-2/r0', RSO)
    expect(await look('GOV-31')).toMatch(/^holds: orca-2: 1 suite frozen/)

    await registry.runs.declare({ model: 'orca-2', run: 'r1', plannedFlops: 2e24 }, RSO)
    expect(await look('GOV-19')).toMatch(/^unknown: the run orca-2\/r1 has no safety review yet, and is not trained/)
    await training.ask({ model: 'orca-2', run: 'r1', flops: 1.1e24 }, RSO)
    expect(await look('GOV-19')).toBe('fails: the run orca-2/r1 is trained without a safety review')
    await registry.runs.review('orca-2/r1', 'filed', RSO)
    expect(await look('GOV-19')).toMatch(/^holds/)

    const surfaces = [
      { kind: 'api' as const, name: 'api', gatewayModels: [MODEL] },
      { kind: 'partner' as const, name: 'reef', gatewayModels: [] },
    ]
    await registry.deployments.declare({ deployment: 'prod', checkpoint: 'orca-2/c1', surfaces }, RSO)
    await running.app.release.list()
    expect(await look('GOV-19')).toBe('fails: the deployment prod is unreleased, without a safety review')
    const system = { type: 'system', id: 'release' } as const
    await response.cases.show('deployment/prod', { kind: 'preconditions', reference: 'checked' }, system)
    await response.cases.show('deployment/prod', { kind: 'safety_review', reference: 'filed' }, RSO)
    beforeOpening = new Date(clock.now()).toISOString()
    await probes.approved(STEP_ACTION, { case: 'deployment/prod', step: 'release' }, [rso, ceo])
    expect(await look('GOV-19')).toMatch(/^holds/)
    expect(await look('GOV-05')).toBe('holds: deployment/prod: release with the agreement of the RSO')
    await probes.dismiss(rso)
    expect(await look('GOV-05')).toMatch(/^unknown: none of those who agreed to release deployment\/prod is RSO now/)
    rso = await probes.signIn('rso')
  })

  it('see a partner that nothing binds', async () => {
    expect(await look('GOV-21')).toBe('fails: prod: reef: no agreement and no evaluation are on record')
    const endsAt = new Date(clock.now() + 9e9).toISOString()
    const safeguards = ['policy', 'screening', 'enforcement', 'reporting', 'halting'] as const
    const agreement = { reference: 'contract 7', safeguards: [...safeguards], endsAt, digest: null }
    const evaluation = { reference: 'their report', checkpoint: 'orca-2/c1', digest: null }
    await running.app.release.partners.bind('prod', 'reef', { agreement, evaluation }, RSO)
    expect(await look('GOV-21')).toMatch(/^holds: prod: reef: bound, and evaluated/)
  })

  it('see what is served unattacked, undescribed, and out of containment', async () => {
    expect(await look('WHC-01')).toMatch(/^fails: no red-team run of what prod serves is on record since orca-2\/c1/)
    const target = { name: MODEL, model: 'small-270m', server: 'local', isSandbox: false }
    const attacked = (ended: string) => redTeamRun([], { target, began: beforeOpening, ended }).body
    const { records } = running.app.refusal
    await records.record('red_team_run', streamOf(attacked(new Date(clock.now()).toISOString())), RSO)
    expect(await look('WHC-01')).toBe('fails: what prod serves was attacked only after it had been opened')
    await records.record('red_team_run', streamOf(attacked(beforeOpening)), RSO)
    expect(await look('WHC-01')).toBe('holds: prod: 2 red-team runs, up to 10 behaviours tried')

    expect(await look('WHC-03')).toMatch(/^fails: prod: orca-2\/c1 is not in the vault/)
    const { custodies } = running.app.weights.access
    await custodies.state({ model: 'orca-2', place: 'a cluster', statement: 'kept there', days: 90 }, RSO)
    expect(await look('WHC-03')).toMatch(/^holds: prod: kept elsewhere/)
    await custodies.end('orca-2', RSO)
    expect(await look('WHC-03')).toMatch(/^fails/)
    expect(await look('WHC-06')).toBe('fails: no card of orca-2, served as prod, is published')
  })

  it('see an assessment that the board or the trust does not get, and a report that somebody touched', async () => {
    const { assessments } = rooms().evaluations
    const { id, reportDigest } = await assess('orca-2/c1')
    expect(await look('GOV-08')).toMatch(/^unknown: .* the board is to have it within 14/)
    expect(await look('GOV-22')).toMatch(/^holds: \d+ people may read the report/)
    const report = JSON.parse((await probes.recordOf('capability_report', id)).text ?? '')
    const touched = JSON.stringify({ ...report, recommendation: 'go on' })
    const back = await probes.tamper('capability_report', id, { text: touched })
    expect(await look('GOV-22')).toMatch(/^fails: the capability report of asm_.* its digest differs/)
    await back()
    expect(await look('GOV-22')).toMatch(/^holds/)

    await probes.approved(DECIDE_ACTION, { assessment: id, reportDigest, proposer: 'rso' }, [rso, ceo])
    await assessments.deliver(id, { body: 'board', reference: 'minutes' }, RSO)
    expect(await look('GOV-08')).toMatch(/^holds: .* reached the board after 0 days/)
    expect(await look('GOV-09')).toBe(`fails: orca-2 went on by ${id}, of which ltbt has no receipt`)
    await assessments.deliver(id, { body: 'ltbt', reference: 'minutes' }, RSO)
    expect(await look('GOV-09')).toMatch(/^holds/)
    expect(await look('GOV-26')).toBe('holds: no threshold is known to be met: orca-2 came out BELOW')

    expect(await look('GOV-27')).toMatch(/^unknown: no published card of orca-2 has the results/)
    clock.advanceDays(32)
    expect(await look('GOV-27')).toMatch(/^fails: no published card of orca-2 has the results/)
    await lead()
    // Written to the end as the world of cards does it, over what this installation has on record.
    const { cards } = running.app.disclosure
    const card = await CardsWorld.prototype.written.call({ cards } as CardsWorld)
    const { digest } = await cards.save(printCard(card), RSO)
    const asked = await cards.publication('orca-2', { digest, reason: 'first card' })
    await probes.approved(CARD_PUBLISH_ACTION, asked, [rso, await probes.signIn('policy_editor')])
    expect(await look('GOV-27')).toMatch(/^holds: the card of orca-2 has \d+ results?, published/)
    expect(await look('WHC-06')).toMatch(/^holds: the card of orca-2 is public since/)
    await cards.withdraw('orca-2', 1, 'wrong', RSO)
    expect(await look('WHC-06')).toMatch(/^fails/)
    expect(await look('GOV-27')).toMatch(/^fails/)

    await assess('orca-2/c1')
    clock.advanceDays(14)
    expect(await look('GOV-08')).toMatch(/^fails: .* was concluded 14 days ago, and the board does not have it/)
  })

  it('see procedures that nobody rehearses, and safeguards that somebody skipped', async () => {
    expect(await look('GOV-18')).toMatch(/^unknown/)
    await lead()
    await probes.signIn('ciso')
    await rooms().response.drills.run({ deployment: 'prod' }, takers, RSO)
    expect(await look('GOV-18')).toMatch(/^unknown: pause, 2c and 2d are rehearsed; that stolen weights/)
    probes.attest('GOV-18', true)
    expect(await look('GOV-18')).toMatch(/^holds/)
    probes.attest('GOV-18', null)
    await exercise('weights-theft')
    expect(await look('GOV-18')).toMatch(/^unknown/)
    await exercise('jailbreak')
    expect(await look('GOV-18')).toMatch(/^holds: .*weights-theft on .*, jailbreak on /)

    expect(await look('GOV-32')).toMatch(/^holds: 1 model line/)
    await rooms().response.meet('orca-2', { takers: 'system', actor: RSO, approval: null, reason: 'a line was met' })
    clock.advance(3_000)
    const back = await probes.tamper('response_case', 'training/orca-2', { state: 'training' })
    expect(await look('GOV-32')).toMatch(
      /^fails: training\/orca-2 is training in the store; on the ledger the last step led to met/,
    )
    await back()
    expect(await look('GOV-32')).toMatch(/^holds/)

    expect(await look('GOV-26')).toMatch(/^unknown: a threshold was met by orca-2/)
    clock.advanceDays(32)
    expect(await look('GOV-26')).toMatch(/^fails/)
    probes.attest('GOV-26', true)
    expect(await look('GOV-26')).toMatch(/^holds/)
  })

  it('see a public that hears nothing', async () => {
    clock.advanceDays(92)
    await running.app.disclosure.transparency.publish(RSO)
    expect(await look('GOV-28')).toMatch(/^unknown: the numbers of .* are public since .* nobody has attested/)
    probes.attest('GOV-28', true)
    expect(await look('GOV-28')).toMatch(/^holds/)
    clock.advanceDays(400)
    expect(await look('GOV-28')).toMatch(/^fails: the numbers of .* ago/)
  })
})
