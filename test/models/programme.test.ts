import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { addMonths, admitSegment, CADENCES, type ComputeGrowth, dueOf } from '../../src/models/evaluation/index.ts'
import { DEPLOYMENT_MACHINE, Machine, type Taker, TRAINING_MACHINE } from '../../src/models/response/index.ts'
import { decideGate } from '../../src/models/training/index.ts'
import { ROLES, type Role } from '../../src/staff/index.ts'

/**
 * Three years of a training programme by the parts that decide: the due rule, the gate, the machines of training and deployments. Nobody in
 * it is trusted to do what is right: people take any step at any time, verdicts come out anyhow, trainers ask late and train to the very end
 * of their leases.
 */
const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 1)
const THREE_YEARS = START + 3 * 365 * DAY_MS
const training = new Machine(TRAINING_MACHINE)
const deployment = new Machine(DEPLOYMENT_MACHINE)
const person = (id: string, ...roles: Role[]): Taker => ({ id, roles: new Set(roles) })
const STAFF: readonly Taker[] = [
  person('rso', 'rso'),
  person('ceo', 'ceo'),
  person('ciso', 'ciso'),
  person('ann', 'analyst'),
  person('all', ...ROLES),
]

interface Tally {
  segments: number
  cleared: number
  refused: number
  resumed: number
}

/** @returns what went wrong, in words; empty when nothing did */
function liveThrough(seed: number, cadence: (typeof CADENCES)[keyof typeof CADENCES], tally: Tally): string[] {
  const random = seededRandom(seed)
  const chance = (share: number) => random() < share
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
  const wrong: string[] = []
  let now = START
  let flops = 1e24
  let reference = { basis: 'cleared' as const, checkpoint: 'c0', atMs: START, flops }
  let assessment: { atMs: number; flops: number } | null = null
  let line = training.start()
  let served = deployment.start()
  let [stopped, people] = [false, new Set<string>()]

  const growth = (at: number): ComputeGrowth => {
    const k = at / reference.flops
    return { k, kHi: k, confidence: 'low', estimates: [] }
  }
  const gate = (until: number | null) => {
    const question = { cadence, reference, growth: growth(flops), orders: [], elicitations: [], nowMs: now }
    const due = dueOf(question)
    const endKHi = growth(until ?? flops).kHi
    const evaluatingKHi = assessment === null ? null : growth(assessment.flops).kHi
    const answer = admitSegment({ cadence, due, endKHi, endMs: null, evaluatingKHi })
    const segment = { answer, endKHi, evaluatingKHi, calendarMs: due.calendarMs }
    const { interval, buffer } = cadence
    const facts = { effect: training.effect(line), state: line.state, segment, flops, untilFlops: until, nowMs: now }
    return decideGate({ ...facts, leaseMs: DAY_MS, interval, buffer })
  }
  /** Any step, by anybody: what is taken is checked against what must always hold. */
  const meddle = (machine: Machine, at: typeof line, inUse: ReadonlySet<string>) => {
    const name = pick(Object.keys(machine.definition.transitions)) ?? ''
    const who = chance(0.2)
      ? ('system' as const)
      : [pick(STAFF), pick(STAFF), pick(STAFF)].filter((one) => one !== undefined)
    const transition = machine.transition(name)
    // Only what people may claim: what follows from evaluations and gates is not theirs to say.
    const kinds = Object.entries(machine.definition.evidence).filter(([, { by }]) => by === 'person')
    const shown = chance(0.5) ? machine.show(at, pick(kinds)?.[0] ?? '') : at
    if (who === 'system' && transition?.favourable) return shown ?? at
    const step = machine.take(shown ?? at, name, who)
    if (!step.taken) return shown ?? at
    if (transition?.authority.by === 'two' && who !== 'system') for (const { id } of who) people.add(id)
    const [before, after] = [machine.effect(at), machine.effect(step.position)]
    if (!inUse.has(before) && inUse.has(after)) {
      tally.resumed++
      const different = who === 'system' ? 0 : new Set(who.map(({ id }) => id)).size
      if (different < 2 && at.state !== 'approved') wrong.push(`${at.state} to ${step.position.state} by ${different}`)
    }
    return step.position
  }

  while (now < THREE_YEARS) {
    now += Math.floor(random() * 6 * DAY_MS)
    if (chance(0.15)) line = meddle(training, line, new Set(['run', 'wait']))
    if (chance(0.15)) served = meddle(deployment, served, new Set(['everybody']))
    stopped = training.effect(line) === 'stop' || training.effect(line) === 'lock'
    if (assessment === null && chance(0.3)) {
      assessment = { atMs: now, flops }
      const step = training.take(line, 'evaluate', 'system')
      if (step.taken) line = step.position
    } else if (assessment !== null && chance(0.4)) {
      const verdict = random()
      const isBelow = verdict < 0.6
      const name = isBelow ? 'find_below' : verdict < 0.8 ? 'find_inconclusive' : 'find_met'
      const shown = isBelow ? (training.show(line, 'verdict_below') ?? line) : line
      const step = training.take(shown, name, 'system')
      if (step.taken) line = step.position
      if (isBelow && step.taken) {
        const cleared = training.take(training.show(line, 'assessment_cleared') ?? line, 'clear_assessed', 'system')
        if (cleared.taken) {
          line = cleared.position
          reference = { ...reference, checkpoint: `c${seed}`, atMs: assessment.atMs, flops: assessment.flops }
          tally.cleared++
        }
      } else {
        served = ((halt) => (halt.taken ? halt.position : served))(deployment.take(served, 'halt', 'system'))
      }
      assessment = null
    }
    const until = chance(0.5) ? flops * (1 + random() * 2) : null
    const decided = gate(until)
    if (decided.answer !== 'continue') {
      tally.refused++
      continue
    }
    tally.segments++
    if (stopped) wrong.push(`a segment ran while training was ${line.state}`)
    // To the very end of the lease, in compute and in time.
    flops = decided.maxFlops ?? flops
    now = Math.max(now, (decided.expiresMs ?? now) - 1)
    const k = flops / reference.flops
    if (!(k < cadence.buffer)) wrong.push(`compute came to ${k} times`)
    if (assessment === null && !(k < cadence.interval)) wrong.push(`${k} times without an assessment`)
    if (assessment === null && now >= addMonths(reference.atMs, cadence.months))
      wrong.push('past the calendar without an assessment')
  }
  return wrong
}

describe('a programme of three years', () => {
  it.each(['rsp-1.0', 'rsp-2.2'] as const)('keeps what must hold, whatever people and trainers do (%s)', (profile) => {
    const tally: Tally = { segments: 0, cleared: 0, refused: 0, resumed: 0 }
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(liveThrough(seed, CADENCES[profile], tally)).toEqual([])
      }),
      { numRuns: 2_000 },
    )
    // It has seen something: otherwise it would hold for nothing.
    expect(Math.min(tally.segments, tally.cleared, tally.refused, tally.resumed)).toBeGreaterThan(1_000)
  })
})
