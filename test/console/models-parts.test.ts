import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EvaluationDue } from '../../console/app/api/schema.ts'
import { BOX_HEIGHT, BOX_WIDTH, layoutOf } from '../../console/features/incidents/machine-layout.ts'
import { casePath, effectMark, runs } from '../../console/features/incidents/words.ts'
import { findingsInOrder, releaseMark } from '../../console/features/releases/words.ts'
import { type Extent, factorTicks, heightOf, monthTicks } from '../../console/features/scaling/timeline-scale.ts'
import { assessmentMark, times, toDo, urgencyOf, worstFirst } from '../../console/features/scaling/words.ts'
import { DEPLOYMENT_MACHINE, machineViewOf, TRAINING_MACHINE } from '../../src/models/response/index.ts'

const NOW = Date.UTC(2026, 10, 22)
const DUE: EvaluationDue = {
  ...{ model: 'atlas', due: false, pause: false, reasons: [], at: 'atlas/c2', k: 2, kHi: 2, headroom: 3 },
  reference: { basis: 'cleared', checkpoint: 'atlas/c1', at: '2026-10-01T00:00:00.000Z' },
  ...{ confidence: 'low', extrapolated: false, interval: 4, buffer: 6, months: 3, assessment: null },
  calendarAt: '2027-01-01T00:00:00.000Z',
}

describe('the list of what is due', () => {
  it('puts the worst first, and what has no bound before what has one', () => {
    const lines = [
      { ...DUE, model: 'calm' },
      { ...DUE, model: 'near', kHi: 3.5 },
      { ...DUE, model: 'date', calendarAt: '2026-11-30T00:00:00.000Z' },
      { ...DUE, model: 'assessed', due: true, assessment: 'asm_1' },
      { ...DUE, model: 'due', due: true, kHi: 4.2 },
      { ...DUE, model: 'unbounded', due: true, kHi: null },
      { ...DUE, model: 'stopped', due: true, pause: true, kHi: 6, assessment: 'asm_2' },
    ]
    const names = ['stopped', 'unbounded', 'due', 'assessed', 'near', 'date', 'calm']
    expect(worstFirst(lines, NOW).map(({ model }) => model)).toEqual(names)
    expect(urgencyOf({ ...DUE, kHi: 3.99 }, NOW)).toBe('soon')
  })

  it('says what is to be done', () => {
    expect(toDo({ ...DUE, at: null, reference: null }).command).toContain('checkpoint record --model atlas')
    expect(toDo({ ...DUE, due: true }).command).toContain('eval open --checkpoint atlas/c2')
    expect(toDo({ ...DUE, due: true, assessment: 'asm_1' }).href).toBe('/scaling/assessments/asm_1')
    expect(toDo(DUE)).toMatchObject({ command: null, href: null })
    expect([null, 3.996, 4.004, 123.4].map(times)).toEqual(['no bound', '4×', '4×', '123×'])
  })

  it('never gives a check to what is not cleared as BELOW', () => {
    const states = ['open', 'concluded', 'decided', 'cleared', 'withdrawn'] as const
    const verdicts = [null, 'BELOW', 'INCONCLUSIVE', 'MET'] as const
    const checked = states.flatMap((state) =>
      verdicts
        .filter((verdict) => assessmentMark({ state, verdict })[0] === 'holds')
        .map((verdict) => [state, verdict]),
    )
    // A verdict of null on what is cleared does not occur.
    expect(checked).toEqual([
      ['cleared', null],
      ['cleared', 'BELOW'],
    ])
  })
})

describe('an incident', () => {
  it('can be late only while it is open, and never where it is rehearsed', () => {
    const closed = '2026-11-01T00:00:00.000Z'
    const all = [null, closed].flatMap((closedAt) => [true, false].map((drill) => ({ closedAt, drill })))
    expect(all.filter(runs)).toEqual([{ closedAt: null, drill: false }])
  })
})

describe('the timeline', () => {
  const extents = fc
    .record({
      low: fc.double({ min: 0.001, max: 1, noNaN: true }),
      high: fc.double({ min: 1.01, max: 1_000, noNaN: true }),
    })
    .map((factors): Extent => ({ fromMs: 0, toMs: 1, ...factors }))

  it('keeps what is larger higher, and everything within the picture', () => {
    const factor = fc.double({ min: 1e-6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(extents, factor, factor, (extent, a, b) => {
        const [x, y] = [heightOf(a, extent), heightOf(b, extent)]
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0)
        expect(Math.max(x, y)).toBeLessThanOrEqual(1)
        if (a < b) expect(x).toBeLessThanOrEqual(y)
        expect(heightOf(null, extent)).toBe(1)
      }),
    )
  })

  it('has few marks, all of them within', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        const marks = factorTicks(extent)
        expect(marks.length).toBeLessThan(25)
        expect(marks.every((mark) => mark >= extent.low && mark <= extent.high)).toBe(true)
      }),
    )
    const years = { fromMs: Date.UTC(2024, 0, 15), toMs: Date.UTC(2026, 10, 1), low: 1, high: 2 }
    const months = monthTicks(years, 8)
    expect(months.length).toBeLessThanOrEqual(8)
    expect(months[0]?.label).toBe('2024-02')
  })
})

describe.each([
  ['training', TRAINING_MACHINE],
  ['deployment', DEPLOYMENT_MACHINE],
] as const)('the diagram of the machine of %s', (_, definition) => {
  const machine = machineViewOf(definition)

  it('shows every state once, none above another, and the same each time', () => {
    const { boxes, width, height } = layoutOf(machine, null)
    expect(boxes.map(({ state }) => state).sort()).toEqual(Object.keys(definition.states).sort())
    for (const a of boxes) {
      expect(a.x + BOX_WIDTH).toBeLessThanOrEqual(width)
      expect(a.y).toBeGreaterThanOrEqual(0)
      expect(a.y + BOX_HEIGHT).toBeLessThanOrEqual(height)
      for (const b of boxes)
        if (a !== b) expect(Math.abs(a.x - b.x) >= BOX_WIDTH || Math.abs(a.y - b.y) >= BOX_HEIGHT).toBe(true)
    }
    expect(layoutOf(machine, null)).toEqual(layoutOf(machine, null))
  })

  it('draws all that leads on from where one stands, and says of the rest how many lead there', () => {
    for (const { state } of machine.states) {
      const { lines, fromMany } = layoutOf(machine, state)
      const drawn = lines.filter(({ from }) => from === state).map(({ step }) => step)
      const leading = machine.steps.filter(({ from }) => from.includes(state)).map(({ step }) => step)
      expect(drawn.sort()).toEqual(leading.sort())
      for (const { step, to } of machine.steps)
        expect(lines.some((one) => one.step === step) || fromMany.get(to)?.some((one) => one.step === step)).toBe(true)
    }
  })

  it('tells who takes a step as the machine has it', () => {
    for (const { step, by, roles, seats } of machine.steps) {
      expect(by === 'two').toBe(seats.length > 0)
      expect(by === 'system').toBe(roles.length === 0)
      expect(Object.keys(definition.transitions)).toContain(step)
    }
  })
})

describe('marks', () => {
  it('are red for what is served without a gate, whoever agreed to it', () => {
    const view = { deployment: 'd', model: 'm', passes: false, expiresAt: null, checkedAt: '', findings: [] }
    const stands = (state: string, effect: string, red: string | null) =>
      releaseMark({ ...view, state, effect, red })[0]
    expect(stands('grandfathered', 'everybody', 'under an exception')).toBe('fails')
    expect(stands('unreleased', 'everybody', 'it has passed no gate')).toBe('fails')
    expect(stands('live', 'everybody', null)).toBe('fails')
    expect(stands('undeployed', 'nobody', null)).toBe('unknown')
    expect(releaseMark({ ...view, passes: true, state: 'live', effect: 'everybody', red: null })[0]).toBe('holds')
    for (const state of ['grandfathered', 'unreleased', 'emergency'])
      expect(effectMark({ state, effect: 'everybody' })[0]).toBe('fails')
  })

  it('put what is missing first, and lead to a case whatever its name', () => {
    const finding = { title: '', source: '', says: '' }
    const found = (['met', 'not_installed', 'missing'] as const).map((state) => ({ ...finding, id: state, state }))
    expect(findingsInOrder(found).map(({ id }) => id)).toEqual(['missing', 'not_installed', 'met'])
    expect(casePath('drill/inc_1/gateway:m')).toBe('/incidents/cases/drill/inc_1%2Fgateway%3Am')
  })
})
