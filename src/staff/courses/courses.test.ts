import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Member, StaffWorld } from '../../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { ROLES } from '../roles.ts'
import { loadCourses } from './catalogue.ts'
import type { AttemptView, Course } from './schema.ts'
import { grade, questionsOf, sheetOf } from './sheet.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const shipped = loadCourses()

/** The right answers to the questions as they were asked; with `wrong`, all of them wrong. */
function answersTo(course: Course, { questions }: Pick<AttemptView, 'questions'>, wrong = false) {
  return {
    answers: questions.map(({ ask, choices }) => {
      const known = course.questions.find((one) => one.ask === ask)?.choices ?? []
      return choices.flatMap((says, i) => (known.find((one) => one.says === says)?.right === wrong ? [] : [i]))
    }),
  }
}

const courseOf = (id: string) => shipped.get(id).course

describe('courses that ship', () => {
  it('ask everybody for four, and each role that has work of its own for one more', () => {
    const everybody = shipped.all.filter(({ course }) => course.for === 'everybody').map(({ course }) => course.id)
    expect(everybody).toEqual(['concerns', 'content', 'sign-in', 'weights-security'])
    const extra = ROLES.map((role) => [role, shipped.of(role).length - everybody.length])
    expect(extra.filter(([, count]) => count !== 1)).toEqual([
      ['ceo', 0],
      ['external_reviewer', 0],
    ])
  })

  it('are shuffled by the seed alone, show no answer, and count what was left out as wrong', () => {
    const course = courseOf('weights-approver')
    const [one, again, other] = ['a', 'a', 'b'].map((seed) => sheetOf(course, seed))
    if (one === undefined || other === undefined) throw new Error('no sheet')
    expect(again).toEqual(one)
    expect(questionsOf(other)).not.toEqual(questionsOf(one))
    expect(JSON.stringify(questionsOf(one))).not.toMatch(/"right"|"why"/)
    const all = answersTo(course, { questions: questionsOf(one) })
    expect(grade(one, all, 100)).toMatchObject({ right: 5, of: 5, passed: true })
    // Taking every choice is no way to pass.
    const greedy = { answers: one.questions.map(({ choices }) => choices.map((_, i) => i)) }
    expect(grade(one, greedy, 60).right).toBe(0)
    expect(grade(one, { answers: all.answers.slice(0, 4) }, 80)).toMatchObject({ right: 4, passed: true })
    expect(grade(one, { answers: [] }, 60).passed).toBe(false)
  })
})

describe('courses of an organisation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'safelevel-courses-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const own = (id: string, change: (text: string) => string = (text) => text) => {
    const course = { ...courseOf('concerns'), id, for: ['ceo'] }
    writeFileSync(join(folder, `${id}.yaml`), change(JSON.stringify(course)))
    return () => loadCourses(folder)
  }

  it('come beside those that ship, and are refused whole with every fault by name', () => {
    expect(own('fire-drill')().of('ceo')).toHaveLength(5)
    expect(own('board')).toThrow(/board: the name of a course that ships/)
    rmSync(join(folder, 'board.yaml'))
    const nothingRight = own('empty', (text) => text.replaceAll('"right":true', '"right":false'))
    expect(nothingRight).toThrow(/question 1: no choice is right\n {2}question 2/)
    rmSync(join(folder, 'empty.yaml'))
    expect(own('odd', (text) => text.replace('"lesson":"channel"', '"lesson":"none"'))).toThrow(/no lesson none/)
  })
})

describe.each(storeKinds('courses'))('completion on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  let world: StaffWorld
  let ann: Member

  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await StaffWorld.open(handle)
    ann = await world.member(['analyst'])
  })

  const take = async (course: string, wrong = false) => {
    const attempt = await world.staff.courses.begin(ann.id, course)
    return world.staff.courses.answer(ann.id, attempt.id, answersTo(courseOf(course), attempt, wrong))
  }
  const states = async () => (await world.staff.courses.of(ann.id)).map(({ course, state }) => `${course} ${state}`)
  const trainingDueAt = async () => (await world.staff.assignments.list(ann.id))[0]?.trainingDueAt ?? ''
  const inDays = (days: number) => new Date(world.clock.now() + days * DAY_MS).toISOString()

  it('stands on the ledger with version, score and digest, and moves the date of the role once nothing is missing', async () => {
    expect(await states()).toEqual(
      ['analyst', 'concerns', 'content', 'sign-in', 'weights-security'].map((id) => `${id} missing`),
    )
    const before = await trainingDueAt()
    const result = await take('analyst')
    expect(result).toMatchObject({ passed: true, score: { right: 6, of: 6 }, read: [], completion: { how: 'passed' } })
    expect(result.answers).toHaveLength(6)
    expect(await trainingDueAt()).toBe(before)
    for (const id of ['concerns', 'content', 'sign-in']) await take(id)
    const last = world.log.events.length
    await take('weights-security')
    expect(await trainingDueAt()).toBe(inDays(365))
    expect(world.log.events.slice(last)).toMatchObject([
      {
        kind: 'staff.course_completed',
        actor: { type: 'staff', id: ann.id },
        subject: { type: 'person', id: ann.id },
        data: {
          course: 'weights-security',
          version: 1,
          how: 'passed',
          score: { right: 5, of: 5 },
          validUntil: inDays(365),
        },
      },
      { kind: 'staff.training_extended', data: { person: ann.id, role: 'analyst', trainingDueAt: inDays(365) } },
    ])
    expect(world.log.events[last]?.data.digest).toBe(shipped.get('weights-security').digest)

    // A role that is given later and asks for nothing else is not due before.
    await world.staff.approvals.request({
      ...{ action: 'staff.grant_role', payload: { personId: ann.id, role: 'ceo' }, reason: 'job' },
      requester: (await world.member(['administrator'])).id,
    })
    await world.approve(
      (await world.staff.approvals.list({ limit: 1 })).items[0]?.id ?? '',
      await world.member(['rso']),
    )
    await world.staff.courses.catchUp()
    const dates = (await world.staff.assignments.list(ann.id)).map(({ trainingDueAt: due }) => due)
    expect(dates).toEqual([inDays(365), inDays(365)])
    world.clock.advance(365 * DAY_MS)
    expect(await states()).toContain('content expired')
  })

  it('is not reached by trying: five tries an hour, each graded once, by whom it belongs to', async () => {
    const attempt = await world.staff.courses.begin(ann.id, 'content')
    const wrong = answersTo(courseOf('content'), attempt, true)
    const bob = await world.member(['analyst'])
    await expect(world.staff.courses.answer(bob.id, attempt.id, wrong)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const failed = await world.staff.courses.answer(ann.id, attempt.id, wrong)
    expect(failed).toMatchObject({ passed: false, score: { right: 0 }, answers: null, completion: null, left: 4 })
    expect(failed.read).toHaveLength(3)
    const right = answersTo(courseOf('content'), attempt)
    await expect(world.staff.courses.answer(ann.id, attempt.id, right)).rejects.toMatchObject({ code: 'CONFLICT' })
    for (let i = 0; i < 3; i++) await take('content', true)
    const late = await world.staff.courses.begin(ann.id, 'content')
    await expect(take('content')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    world.clock.advance(HOUR_MS)
    const tooLate = answersTo(courseOf('content'), late)
    await expect(world.staff.courses.answer(ann.id, late.id, tooLate)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(world.log.kinds()).toEqual([])
    expect((await take('content')).passed).toBe(true)
  })

  it('can be noted by somebody else, for all that the roles ask for or for one course', async () => {
    const by = { type: 'operator', id: 'operator' } as const
    await world.staff.people.recordTraining(ann.id, inDays(-1), by, ['content'])
    expect(await states()).toContain('content current')
    expect(await states()).toContain('analyst missing')
    await world.staff.people.recordTraining(ann.id, inDays(-2), by)
    expect(
      (await world.staff.courses.table()).map(({ person, courses }) => [person, courses.map((c) => c.state)]),
    ).toEqual([[ann.id, Array(5).fill('current')]])
    expect(await trainingDueAt()).toBe(inDays(363))
    await expect(world.staff.people.recordTraining(ann.id, inDays(-1), by, ['no-such'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('that is overdue is told once for each role', async () => {
    world.clock.advance(30 * DAY_MS)
    await world.staff.courses.catchUp()
    await world.staff.courses.catchUp()
    expect(world.log.kinds()).toEqual(['staff.training_overdue'])
    expect(await states()).toContain('content overdue')
  })
})
