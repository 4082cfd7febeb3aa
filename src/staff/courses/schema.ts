import { z } from 'zod'
import { Role } from '../roles.ts'

const Line = z.string().trim().min(1).max(200)
const Words = z.string().trim().min(1).max(1_000)
const When = z.iso.datetime()

export const CourseId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/)
  .meta({ description: 'as the file is named' })

/** Something short to read, about what the person really does here. */
const Lesson = z.strictObject({ id: CourseId, title: Line, text: Words.max(4_000) })

const Choice = z.strictObject({ says: Line, right: z.boolean().default(false) })

const Question = z.strictObject({
  lesson: CourseId.meta({ description: 'where the answer stands' }),
  ask: Words,
  choices: z.array(Choice).min(2).max(6),
  why: Words.meta({ description: 'told once it is passed' }),
})

/** A course as its file has it, answers included: never leaves the server whole. */
export const Course = z.strictObject({
  id: CourseId,
  title: Line,
  version: z.int().positive().meta({ description: 'a higher one has everybody take it again' }),
  for: z
    .union([z.literal('everybody'), z.array(Role).min(1)])
    .meta({ description: 'everybody who holds a role, or these' }),
  since: z.iso.date().optional().meta({ description: 'from when it is asked of those who hold the role already' }),
  validDays: z.int().min(1).max(1_100),
  passMark: z.int().min(60).max(100).meta({ description: 'percent of the questions' }),
  lessons: z.array(Lesson).min(1).max(8),
  questions: z.array(Question).min(4).max(20),
})
export type Course = z.infer<typeof Course>

/** That somebody completed a course: passed here, or noted by somebody else. */
export const Completion = z
  .object({
    course: z.string(),
    version: z.int(),
    how: z.enum(['passed', 'noted']).meta({ description: 'noted: done elsewhere, as somebody else said' }),
    score: z.object({ right: z.int(), of: z.int() }).nullable(),
    completedAt: When,
    validUntil: When,
  })
  .meta({ id: 'CourseCompletion' })
export type Completion = z.infer<typeof Completion>

export const COURSE_STATES = ['current', 'missing', 'overdue', 'outdated', 'expired'] as const
export type CourseState = (typeof COURSE_STATES)[number]

/** Where somebody stands with a course that their roles ask for. */
export const CourseStanding = z
  .object({
    course: z.string(),
    title: z.string(),
    version: z.int(),
    roles: z.array(Role).meta({ description: 'of this person, which ask for it' }),
    state: z.enum(COURSE_STATES).meta({
      description:
        'missing: not yet, within the time given; overdue: not yet, past it; outdated: there is a newer version',
    }),
    dueAt: When.meta({ description: 'by when it is to be completed, or to be taken again' }),
    completion: Completion.nullable(),
  })
  .meta({ id: 'CourseStanding' })
export type CourseStanding = z.infer<typeof CourseStanding>

/** What somebody who takes a course reads: no answers. */
export const CourseView = z
  .object({
    id: z.string(),
    title: z.string(),
    version: z.int(),
    for: z.union([z.literal('everybody'), z.array(Role)]),
    own: z.boolean().meta({ description: 'of this organisation, not of those that ship' }),
    digest: z.hash('sha256').meta({ description: 'hex SHA-256 of the whole course as RFC 8785 JSON' }),
    validDays: z.int(),
    passMark: z.int(),
    questions: z.int().meta({ description: 'how many are asked' }),
    lessons: z.array(Lesson),
  })
  .meta({ id: 'Course' })
export type CourseView = z.infer<typeof CourseView>

/** Questions in an order of their own, for one person and one try. */
export const AttemptView = z
  .object({
    id: z.string(),
    course: z.string(),
    version: z.int(),
    endsAt: When.meta({ description: 'later answers are not graded' }),
    left: z.int().nonnegative().meta({ description: 'how many more tries there are within the hour' }),
    questions: z.array(
      z.object({
        ask: z.string(),
        several: z.boolean().meta({ description: 'whether more than one choice is right' }),
        choices: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'CourseAttempt' })
export type AttemptView = z.infer<typeof AttemptView>

export const Answers = z
  .strictObject({
    answers: z
      .array(z.array(z.int().min(0).max(5)).max(6))
      .max(20)
      .meta({
        description: 'of each question, in the order in which they were asked, the choices taken, counted from 0',
      }),
  })
  .meta({ id: 'CourseAnswers' })
export type Answers = z.infer<typeof Answers>

export const AttemptResult = z
  .object({
    passed: z.boolean(),
    score: z.object({ right: z.int(), of: z.int() }),
    passMark: z.int(),
    left: z.int().nonnegative(),
    read: z.array(z.string()).meta({ description: 'titles of the lessons to read again' }),
    answers: z
      .array(z.object({ ask: z.string(), right: z.array(z.string()), why: z.string(), met: z.boolean() }))
      .nullable()
      .meta({ description: 'once passed' }),
    completion: Completion.nullable(),
  })
  .meta({ id: 'CourseResult' })
export type AttemptResult = z.infer<typeof AttemptResult>

/** One person in the table of who completed what. */
export const TrainingRow = z
  .object({
    person: z.string().meta({ description: 'by identifier; names are asked for apart' }),
    roles: z.array(Role),
    courses: z.array(CourseStanding),
  })
  .meta({ id: 'TrainingRow' })
export type TrainingRow = z.infer<typeof TrainingRow>
