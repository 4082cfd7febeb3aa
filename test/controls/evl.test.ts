import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evlProbes } from '../../src/controls/probes/evl/index.ts'
import { DECIDE_ACTION, type Evaluations } from '../../src/models/evaluation/index.ts'
import type { SignedIn } from '../support/app-staff.ts'
import { FamilyProbes } from '../support/family-probes.ts'
import { ProbeWorld, RSO, ShiftedClock } from '../support/probe-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const clock = new ShiftedClock()
let running: RunningApp
let probes: ProbeWorld
let rso: SignedIn
let ceo: SignedIn

beforeAll(async () => {
  // A model that is no fixture: its server is never asked.
  const upstreams = [{ id: 'own', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' }]
  const models = [{ name: 'orca-api', upstream: 'own' }]
  running = await startApp({ clock, config: { upstreams, models } })
  probes = new ProbeWorld(running)
})
afterAll(async () => {
  probes[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

/** Made anew for each look: what they read of the programme counts for a round. */
const family = () => new FamilyProbes(probes, evlProbes)
const look = (control: string) => family().says(control)
const rooms = () => running.app.modelRooms
const suites = () => rooms().evaluations.suites
const FROZEN = { tasks: 40, rule: { kind: 'rate' as const, line: 0.5 } }
const AUTONOMY = { domain: 'autonomy', threshold: 'AI-RD-4', tasks: 4 }
/** Of a family of models whose loss falls so with compute. */
const lossAt = (flops: number) => 1.5 + 4e3 * flops ** -0.15
const VOUCHED = ['EVL-08', 'EVL-09', 'EVL-10', 'EVL-16', 'EVL-17'] as const

function mapThreat(domain: string, threshold: string, led: readonly string[]) {
  const words = { actor: 'anybody', capability: 'helps', baseline: 'a library' }
  return suites().mapThreat({ threat: `threat-${domain}`, domain, threshold, suites: [...led], ...words }, RSO)
}

/** Results of suites, as a helpful-only variant brought them: well below every line. */
async function importAll(id: string, asked: readonly string[]) {
  for (const suite of asked) {
    const path = suite.startsWith('auto') ? probes.results(4, 10, 1) : probes.results(40, 1, 4)
    await rooms().evaluations.importFile(id, path, { suite, snapshot: 'helpful-only', scorer: null }, RSO)
  }
}

describe('probes of evaluations', () => {
  it('say unknown where there is nothing to look at, and fail for what is served undeclared', async () => {
    const states = await family().states()
    expect(Object.keys(states)).toHaveLength(29)
    expect(new Set(Object.values({ ...states, 'EVL-19': 'unknown' }))).toEqual(new Set(['unknown']))
    expect(await look('EVL-19')).toMatch(/^fails: the gateway serves orca-api, which belongs to no deployment/)
  })

  it('see whatever is served declared, and the officer come and go', async () => {
    await rooms().registry.checkpoints.record({ model: 'orca', checkpoint: 'c1', flops: 1e24 }, RSO)
    expect(await look('EVL-19')).toMatch(/^fails/)
    expect(await look('EVL-05')).toMatch(/^fails: nobody is Responsible Scaling Officer/)
    expect(await look('EVL-01')).toMatch(/^unknown: nobody has evaluated orca yet/)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: ['orca-api'] }]
    await rooms().registry.deployments.declare({ deployment: 'prod', checkpoint: 'orca/c1', surfaces }, RSO)
    rso = await probes.signIn('rso')
    expect(await look('EVL-19')).toBe('holds: orca: looked at now, no assessment is due')
    expect(await look('EVL-05')).toMatch(/^holds/)
    await probes.dismiss(rso)
    expect(await look('EVL-05')).toMatch(/^fails/)
    rso = await probes.signIn('rso')
  })

  it('see a suite with a softer line, without a budget, without a threat behind it, or changed in the store', async () => {
    await suites().freeze({ suite: 'auto-0', ...AUTONOMY, rule: { kind: 'autonomy', line: 0.7 } }, RSO)
    expect(await look('EVL-13')).toBe('fails: auto-0 is met only at 70 % of its tasks, not at 50 %')
    expect(await look('EVL-14')).toBe('fails: auto-0 sets no budget for a try')
    const mended = { limits: { budgetPerTry: 1_000 }, supersedes: 'auto-0', reason: 'the policy says half' }
    await suites().freeze({ suite: 'auto-1', ...AUTONOMY, rule: { kind: 'autonomy' }, ...mended }, RSO)
    expect(await look('EVL-13')).toBe('holds: auto-1: as the policy has it')
    expect(await look('EVL-14')).toMatch(/^holds/)

    await mapThreat('autonomy', 'AI-RD-4', ['auto-1'])
    expect(await look('EVL-12')).toBe('fails: no threat model leads to an evaluation of cbrn and cyber')
    await suites().freeze({ suite: 'bio-1', domain: 'cbrn', threshold: 'CBRN-3', ...FROZEN }, RSO)
    await mapThreat('cbrn', 'CBRN-3', ['bio-1'])
    await suites().freeze({ suite: 'cyber-1', domain: 'cyber', threshold: 'CYBER', ...FROZEN }, RSO)
    await mapThreat('cyber', 'CYBER', ['cyber-1'])
    expect(await look('EVL-12')).toBe('holds: 3 threat models lead to 3 evaluations')

    expect(await look('EVL-30')).toMatch(/^holds: 4 suites as frozen, 1 change/)
    const back = await probes.tamper('suite', 'bio-1', { rule: { kind: 'rate', line: 0.9, bounds: 'wilson' } })
    expect(await look('EVL-30')).toMatch(/^fails: the suite bio-1 is not the one that was frozen/)
    await back()
    expect(await look('EVL-30')).toMatch(/^holds/)
  })

  it('take the word of people for what they can’t see, and no numbers below the policy’s', async () => {
    for (const control of ['EVL-06', 'EVL-07', 'EVL-27']) {
      expect(await look(control)).toMatch(/^unknown/)
      probes.attest(control, false)
      expect(await look(control)).toMatch(/^fails: who answers for it said .* does not hold/)
      probes.attest(control, true)
      expect(await look(control)).toMatch(/^holds: attested/)
    }
    const narrow = { suites: suites(), cadence: { months: 3, interval: 4, buffer: 5 } } as Evaluations
    expect(await new FamilyProbes(probes, evlProbes, { evaluations: narrow }).says('EVL-06')).toMatch(
      /^fails: .* trip 5 times below/,
    )
  })

  it('see a run that was begun without a forecast, and training past the gate', async () => {
    await rooms().registry.runs.declare({ model: 'orca', run: 'r1', plannedFlops: 2e24, safetyReview: 'filed' }, RSO)
    expect(await look('EVL-11')).toMatch(/^unknown: orca\/r1 has no forecast yet/)
    const lease = await rooms().training.ask({ model: 'orca', run: 'r1', flops: 1.1e24 }, RSO)
    expect(lease.answer).toBe('continue')
    expect(await look('EVL-11')).toBe('fails: orca/r1 began without a forecast')
    await suites().forecast('orca', { run: 'r1', chance: 0.1, words: 'unlikely' }, RSO)
    expect(await look('EVL-11')).toMatch(/^holds/)

    expect(await look('EVL-02')).toMatch(/^holds: orca is stopped before 4 times/)
    await rooms().registry.checkpoints.record({ model: 'orca', checkpoint: 'c2', flops: 1.2e24, run: 'r1' }, RSO)
    await rooms().training.checkReceipts()
    expect(await look('EVL-02')).toMatch(/^fails: the checkpoint orca\/c2 was trained past the gate/)
    await rooms().training.settle({ checkpoint: 'orca/c2', reason: 'recorded by hand' }, RSO)
    expect(await look('EVL-02')).toMatch(/^holds/)
  })

  it('see compute run away until somebody evaluates, and an assessment that lags', async () => {
    const held = { loss: lossAt(5e24), lossSet: 'held-out' }
    await rooms().registry.checkpoints.record({ model: 'orca', checkpoint: 'c3', flops: 5e24, ...held }, RSO)
    for (const control of ['EVL-01', 'EVL-02']) expect(await look(control)).toMatch(/^fails: .*risen 5 times/)
    const { id } = await rooms().evaluations.assessments.open({ checkpoint: 'orca/c3', suites: ['bio-1'] }, RSO)
    for (const control of ['EVL-01', 'EVL-02', 'EVL-21']) expect(await look(control)).toMatch(/^holds/)
    expect(await look('EVL-31')).toMatch(/^holds: orca: 1 assessment of 1 came late, each on record/)
    const [late] = await rooms().evaluations.assessments.deviations('orca')
    const back = await probes.tamper('deviation', late?.id ?? '', null)
    expect(await look('EVL-31')).toMatch(/^fails: asm_.* was late, and that is not on record/)
    await back()
    expect(await look('EVL-31')).toMatch(/^holds/)
    expect(await look('EVL-08')).toMatch(/^unknown: .*the first assessment of orca, is under way/)

    await importAll(id, ['bio-1'])
    clock.advanceDays(40)
    expect(await look('EVL-21')).toMatch(/^fails: asm_.* should have come to something by/)
    const { verdict } = await rooms().evaluations.conclude(id, RSO)
    expect(verdict).toBe('INCONCLUSIVE')
  })

  it('see what an assessment lacks, and a verdict or report that somebody touched', async () => {
    for (const control of [...VOUCHED, 'EVL-20', 'EVL-21', 'EVL-23', 'EVL-28', 'EVL-29'])
      expect(await look(control), control).toMatch(/^fails: asm_/)
    expect(await look('EVL-08')).toContain('elicitation was not done, or nobody says so')
    expect(await look('EVL-29')).toContain('tried nothing of cyber')
    expect(await look('EVL-22')).toMatch(/^unknown/)
    expect(await look('EVL-25')).toBe('unknown: nobody has decided on an assessment yet')
    await expect.poll(() => rooms().response.trainingNow('orca').state, { timeout: 15_000 }).toBe('inconclusive')
    expect(await look('EVL-26')).toMatch(/^holds: .*INCONCLUSIVE .* counted as crossed, and training was stopped/)
    const { items } = await rooms().evaluations.assessments.list({ model: 'orca', limit: 10 })
    const id = items[0]?.id ?? ''
    const verdict = await probes.tamper('assessment', id, { verdict: 'BELOW' })
    expect(await look('EVL-26')).toMatch(/^fails: .* on record as BELOW, and its tries come to INCONCLUSIVE/)
    await verdict()
    expect(await look('EVL-24')).toMatch(/^holds/)
    const report = JSON.parse((await probes.recordOf('capability_report', id)).text ?? '')
    const back = await probes.tamper('capability_report', id, {
      text: JSON.stringify({ ...report, recommendation: 'go on' }),
    })
    expect(await look('EVL-24')).toMatch(/^fails: the capability report of asm_.* its digest differs/)
    await back()
    expect(await look('EVL-24')).toMatch(/^holds/)
  })

  it('hold once all is done as it should be, and see a decision without its two people', async () => {
    const { evaluations } = rooms()
    const asked = ['auto-1', 'bio-1', 'cyber-1']
    const { id } = await evaluations.assessments.open({ checkpoint: 'orca/c3', suites: asked }, RSO)
    await importAll(id, asked)
    const done = 'done' as const
    const steps = { chainOfThought: done, bestOfN: done, tools: done, scaffold: done, fineTuned: done }
    for (const suite of asked) {
      const given = {
        elicitation: { ...steps, helpfulOnly: done },
        transcripts: { read: 40, spurious: 0 },
        contamination: { checked: true, unreplaced: 0 },
        grader: { positives: 20, recognised: 20 },
        spend: { perTry: 1_000, earlyStop: null },
      }
      await evaluations.assessments.vouch(id, suite, given, RSO)
    }
    for (const name of ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const)
      await evaluations.assessments.show(id, name, { words: `about ${name}` }, RSO)
    const { verdict, reportDigest } = await evaluations.conclude(id, RSO)
    expect(verdict).toBe('BELOW')
    probes.attest('EVL-22', true)
    for (const control of [...VOUCHED, 'EVL-20', 'EVL-21', 'EVL-22', 'EVL-23', 'EVL-24', 'EVL-26', 'EVL-28', 'EVL-29'])
      expect(await look(control), control).toMatch(/^holds/)

      // Who held a role before those forty days has not been trained since.
    ;[rso, ceo] = [await probes.signIn('rso'), await probes.signIn('ceo')]
    await probes.approved(DECIDE_ACTION, { assessment: id, reportDigest, proposer: 'rso' }, [rso, ceo])
    await evaluations.assessments.deliver(id, { body: 'board', reference: 'minutes' }, RSO)
    expect(await look('EVL-25')).toMatch(/^holds: .* decided on by the CEO and the RSO, two people/)
    expect(await look('EVL-01')).toMatch(/^holds: orca is evaluated up to orca\/c3/)
    const { decision } = await evaluations.assessments.get(id)
    const alone = { decision: { ...decision, people: [rso.id] } }
    const back = await probes.tamper('assessment', id, alone)
    expect(await look('EVL-25')).toMatch(/^fails: .* no decision of two people is on record/)
    await back()
    const forged = await probes.tamper('assessment', id, { decision: { ...decision, approval: 'apr_none' } })
    expect(await look('EVL-25')).toMatch(/^fails: no approval stands behind the decision/)
    await forged()
    expect(await look('EVL-25')).toMatch(/^holds/)
  })

  it('see growth that nobody can bound, an order that lies, and the calendar run out', async () => {
    expect(await look('EVL-04')).toMatch(/^holds: orca has grown at most 1.00 times since orca\/c3, by compute/)
    const { registry, evaluations } = rooms()
    const points = [1e22, 3e22, 1e23, 3e23, 1e24].map((flops) => ({ flops, loss: lossAt(flops) }))
    await registry.lines.setFamily('orca', { lossSet: 'held-out', points }, RSO)
    expect(await look('EVL-04')).toMatch(/^fails: nobody can say how far orca has grown/)
    await registry.lines.allowExtrapolation('orca', { toFlops: 1e26, reason: 'looked at' }, RSO)
    expect(await look('EVL-04')).toMatch(/^holds/)
    await registry.checkpoints.record({ model: 'orca', checkpoint: 'c4', flops: 5.5e24 }, RSO)

    expect(await look('EVL-03')).toMatch(/^holds: orca: due by .*, every 3 months/)
    await evaluations.suites.order('orca', { reason: 'to be sure' }, RSO)
    expect(await look('EVL-05')).toMatch(/^holds/)
    clock.advanceDays(100)
    await probes.signIn('rso')
    expect(await look('EVL-05')).toMatch(/^fails: an order to evaluate orca has stood for 100 days/)
    expect(await look('EVL-03')).toMatch(/^fails: orca: an evaluation fell due on/)
    await evaluations.assessments.open({ checkpoint: 'orca/c4', suites: ['bio-1'] }, RSO)
    for (const control of ['EVL-03', 'EVL-05']) expect(await look(control)).toMatch(/^holds/)
    const slow = { ...evaluations, suites: evaluations.suites, cadence: { months: 9, interval: 4, buffer: 6 } }
    expect(await new FamilyProbes(probes, evlProbes, { evaluations: slow as Evaluations }).says('EVL-03')).toMatch(
      /every 9 months: no edition/,
    )
  })
})
