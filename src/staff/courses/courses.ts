import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import { conflict, DAY_MS, notFound, type StaffContext, staffActor } from '../context.ts'
import { type Change, SYSTEM } from '../journal.ts'
import { ASSIGNMENT, type Assignment, PERSON } from '../records.ts'
import * as store from '../store.ts'
import { courseView, type Loaded } from './catalogue.ts'
import { ATTEMPT, type Attempt, COMPLETED, type Completed, TOLD } from './records.ts'
import type {
  Answers,
  AttemptResult,
  AttemptView,
  Completion,
  CourseStanding,
  CourseView,
  TrainingRow,
} from './schema.ts'
import { grade, questionsOf, sheetOf } from './sheet.ts'
import { type Completions, standingsOf, trainedUntilMs } from './standing.ts'

const HOUR_MS = 3_600_000
/** So that answers are not found by trying. */
export const ATTEMPTS_PER_HOUR = 5
const SEED_BYTES = 16

/** What a completion rests on. */
interface Source {
  readonly how: Completion['how']
  readonly score: Completion['score']
  readonly atMs: number
}

/** What follows from completions and from time alone. */
interface Owed {
  readonly moved: readonly Assignment[]
  readonly late: readonly Assignment[]
}

/** The courses that roles ask for: who is to take them, who takes one now, who completed them. */
export class Courses {
  readonly #context: StaffContext
  constructor(context: StaffContext) {
    this.#context = context
  }

  list(): CourseView[] {
    return this.#context.courseware().all.map(courseView)
  }

  /** @throws {AppError} NOT_FOUND */
  get(id: string): CourseView {
    return courseView(this.#context.courseware().get(id))
  }

  /** What the roles of this person ask for, the first due first; roles that sleep ask too. */
  async of(personId: string): Promise<CourseStanding[]> {
    const { db } = this.#context.db
    const held = await store.list(db, ASSIGNMENT, { personId, state: 'current' })
    return this.#standings(held, await store.list(db, COMPLETED, { personId }))
  }

  /** Everybody who holds a role. */
  async table(): Promise<TrainingRow[]> {
    const { db, config } = this.#context
    const completed = Map.groupBy(await store.list(db.db, COMPLETED), ({ personId }) => personId)
    const held = Map.groupBy(await store.list(db.db, ASSIGNMENT, { state: 'current' }), ({ personId }) => personId)
    const people = await store.list(db.db, PERSON, { state: 'active' })
    return people.flatMap(({ id, development }) => {
      const assignments = held.get(id) ?? []
      if (assignments.length === 0 || (development && !config.developmentLogin)) return []
      const roles = [...new Set(assignments.map(({ role }) => role))].sort()
      return [{ person: id, roles, courses: this.#standings(assignments, completed.get(id) ?? []) }]
    })
  }

  /**
   * Asks the questions of a course, in an order of their own.
   *
   * @throws {AppError} NOT_FOUND; RATE_LIMITED after five tries within an hour
   */
  begin(personId: string, id: string): Promise<AttemptView> {
    const { ids, clock, journal, courseware } = this.#context
    const { course, digest } = courseware().get(id)
    return journal.make(staffActor(personId), async (db) => {
      const tried = await this.#tries(db, personId, id)
      if (tried >= ATTEMPTS_PER_HOUR)
        throw new AppError(
          'RATE_LIMITED',
          `${ATTEMPTS_PER_HOUR} tries within an hour: read the lessons again meanwhile`,
        )
      const startedAt = iso(clock.now())
      const seed = ids.bytes(SEED_BYTES).toString('hex')
      const attempt: Attempt = { id: ids.next('cat'), personId, course: id, digest, seed, startedAt, gradedAt: null }
      const result: AttemptView = {
        id: attempt.id,
        course: id,
        version: course.version,
        endsAt: iso(clock.now() + HOUR_MS),
        left: ATTEMPTS_PER_HOUR - tried - 1,
        questions: questionsOf(sheetOf(course, seed)),
      }
      return { events: [], puts: [store.put(ATTEMPT, attempt)], result }
    })
  }

  /**
   * Grades a try, once. Passing is recorded on the ledger, and with the last course that a role asks for the role’s training date moves on. That
   * somebody did not pass is recorded nowhere.
   *
   * @throws {AppError} NOT_FOUND (somebody else's); CONFLICT: graded already, an hour has gone by, or the course is another one by now
   */
  answer(personId: string, attemptId: string, answers: Answers): Promise<AttemptResult> {
    const { clock, journal, courseware } = this.#context
    return journal.make(staffActor(personId), async (db) => {
      const attempt = await store.find(db, ATTEMPT, attemptId)
      if (attempt === null || attempt.personId !== personId) throw notFound('try at a course')
      const loaded = courseware().get(attempt.course)
      const nowMs = clock.now()
      if (attempt.gradedAt !== null) throw conflict('these answers were graded already: begin again')
      if (Date.parse(attempt.startedAt) + HOUR_MS <= nowMs) throw conflict('more than an hour has gone by: begin again')
      if (loaded.digest !== attempt.digest) throw conflict('the course has changed meanwhile: begin again')
      const { course } = loaded
      const sheet = sheetOf(course, attempt.seed)
      const { right, of, passed, met } = grade(sheet, answers, course.passMark)
      const score = { right, of }
      const change = passed
        ? await this.#completing(db, personId, [loaded], { how: 'passed', score, atMs: nowMs })
        : { events: [], puts: [], result: [] }
      const missed = new Set(sheet.questions.filter((_, i) => met[i] !== true).map(({ lesson }) => lesson))
      const result: AttemptResult = {
        ...{ passed, score, passMark: course.passMark, completion: change.result[0] ?? null },
        left: ATTEMPTS_PER_HOUR - (await this.#tries(db, personId, course.id)),
        read: course.lessons.filter(({ id }) => missed.has(id)).map(({ title }) => title),
        answers: passed ? sheet.questions.map((question, i) => told(question, met[i] === true)) : null,
      }
      const graded = store.put(ATTEMPT, { ...attempt, gradedAt: iso(nowMs) })
      return { events: change.events, puts: [graded, ...(change.puts ?? [])], result }
    })
  }

  /**
   * That somebody was trained elsewhere, as part of a change that the caller makes.
   *
   * @param courses absent = all that their roles ask for, and that are not to be taken again after so long
   * @throws {AppError} NOT_FOUND: there is no such course; REQUEST_INVALID: too long ago to count
   */
  async noting(db: Db, personId: string, completedAtMs: number, courses?: readonly string[]): Promise<Change<void>> {
    const courseware = this.#context.courseware()
    const counts = (one: Loaded) => completedAtMs + this.#validMs(one) > this.#context.clock.now()
    const named = courses?.map((id) => courseware.get(id))
    const old = named?.find((one) => !counts(one))
    if (old !== undefined)
      throw new AppError('REQUEST_INVALID', `completedAt: ${old.course.id} is to be taken again after so long`)
    const held = await store.list(db, ASSIGNMENT, { personId, state: 'current' })
    const asked = courseware.all.filter((one) => held.some(({ role }) => courseware.of(role).includes(one)))
    const source: Source = { how: 'noted', score: null, atMs: completedAtMs }
    const change = await this.#completing(db, personId, named ?? asked.filter(counts), source)
    return { ...change, result: undefined }
  }

  /** Moves the dates of roles that were given after what they ask for was completed, and says once that a role fell asleep. */
  async catchUp(): Promise<void> {
    const { clock, journal, db } = this.#context
    await store.sweep(db.db, ATTEMPT, iso(clock.now() - DAY_MS))
    if (isNothing(await this.#owed(db.db))) return
    await journal.make(SYSTEM, async (tx) => {
      const { moved, late } = await this.#owed(tx)
      return {
        events: [...moved.map(movedEvent), ...late.map(overdueEvent)],
        puts: [
          ...moved.map((one) => store.put(ASSIGNMENT, one)),
          ...late.map(({ id, personId, trainingDueAt }) => store.put(TOLD, { id, personId, dueAt: trainingDueAt })),
        ],
        result: undefined,
      }
    })
  }

  async #owed(db: Db): Promise<Owed> {
    const nowMs = this.#context.clock.now()
    const assignments = await store.list(db, ASSIGNMENT, { state: 'current' })
    const completed = Map.groupBy(await store.list(db, COMPLETED), ({ personId }) => personId)
    const told = new Map((await store.list(db, TOLD)).map(({ id, dueAt }) => [id, dueAt]))
    const moved = assignments.flatMap((one) => this.#moved(one, byCourse(completed.get(one.personId) ?? [])))
    const ids = new Set(moved.map(({ id }) => id))
    const late = assignments.filter(
      ({ id, trainingDueAt }) => Date.parse(trainingDueAt) <= nowMs && told.get(id) !== trainingDueAt && !ids.has(id),
    )
    return { moved, late }
  }

  async #completing(
    db: Db,
    personId: string,
    courses: readonly Loaded[],
    source: Source,
  ): Promise<Change<Completion[]>> {
    const { how, score, atMs } = source
    const made = courses.map((loaded): Completed => {
      const { id: course, version } = loaded.course
      const validUntil = iso(atMs + this.#validMs(loaded))
      return { id: `${personId}/${course}`, personId, course, version, how, score, completedAt: iso(atMs), validUntil }
    })
    const completions = byCourse([...(await store.list(db, COMPLETED, { personId })), ...made])
    const held = await store.list(db, ASSIGNMENT, { personId, state: 'current' })
    const moved = held.flatMap((one) => this.#moved(one, completions))
    return {
      events: [...made.map((one, i) => completionEvent(one, courses[i]?.digest ?? '')), ...moved.map(movedEvent)],
      puts: [...made.map((one) => store.put(COMPLETED, one)), ...moved.map((one) => store.put(ASSIGNMENT, one))],
      result: made.map(completionOf),
    }
  }

  /** The role with the date that what is completed gives it, if that is later. Never earlier: what was noted holds as long as it was said to. */
  #moved(assignment: Assignment, completions: Completions): Assignment[] {
    const { courseware, clock } = this.#context
    if (completions.size === 0) return []
    const untilMs = trainedUntilMs(courseware().of(assignment.role), completions, clock.now())
    if (untilMs === null || untilMs <= Date.parse(assignment.trainingDueAt)) return []
    return [{ ...assignment, trainingDueAt: iso(untilMs) }]
  }

  #standings(held: readonly Assignment[], completed: readonly Completed[]): CourseStanding[] {
    const { courseware, clock, config } = this.#context
    const terms = { nowMs: clock.now(), firstTrainingDays: config.firstTrainingDays }
    return standingsOf(courseware(), held, byCourse(completed), terms)
  }

  async #tries(db: Db, personId: string, course: string): Promise<number> {
    const sinceMs = this.#context.clock.now() - HOUR_MS
    const own = await store.list(db, ATTEMPT, { personId })
    return own.filter((one) => one.course === course && Date.parse(one.startedAt) > sinceMs).length
  }

  #validMs({ course }: Loaded): number {
    return Math.min(course.validDays, this.#context.config.trainingValidDays) * DAY_MS
  }
}

function isNothing({ moved, late }: Owed): boolean {
  return moved.length === 0 && late.length === 0
}

/** The last of a course counts. */
function byCourse(completed: readonly Completed[]): Completions {
  return new Map(completed.map((one) => [one.course, completionOf(one)]))
}

function completionOf({ id: _, personId: __, ...completion }: Completed): Completion {
  return completion
}

function told({ ask, choices, why }: Loaded['course']['questions'][number], met: boolean) {
  return { ask, right: choices.filter(({ right }) => right).map(({ says }) => says), why, met }
}

function completionEvent({ personId, course, version, how, score, validUntil }: Completed, digest: string): Happening {
  const data = { course, version, digest, how, score, validUntil }
  return { kind: 'staff.course_completed', subject: { type: 'person', id: personId }, data }
}

function movedEvent({ id, personId, role, trainingDueAt }: Assignment): Happening {
  const data = { person: personId, role, trainingDueAt }
  return { kind: 'staff.training_extended', subject: { type: 'assignment', id }, data }
}

function overdueEvent({ id, personId, role, trainingDueAt }: Assignment): Happening {
  const data = { person: personId, role, dueAt: trainingDueAt }
  return { kind: 'staff.training_overdue', subject: { type: 'assignment', id }, data }
}
