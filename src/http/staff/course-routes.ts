import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { Answers, AttemptResult, AttemptView, CourseStanding, CourseView, TrainingRow } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { identityOf } from './access.ts'
import type { StaffDoorDeps } from './deps.ts'
import { body, created, IdParam, listOf, ok, SECURITY, SECURITY_OPERATOR } from './describe.ts'

const listCourses = createRoute({
  method: 'get',
  path: '/api/v1/staff/courses',
  operationId: 'listCourses',
  summary: 'The courses with their lessons, and which roles ask for each; no answers',
  security: SECURITY_OPERATOR,
  responses: ok('All', listOf(CourseView, 'CourseList')),
})
const beginCourse = createRoute({
  method: 'post',
  path: '/api/v1/staff/courses/{id}/attempts',
  operationId: 'beginCourse',
  summary: 'Be asked the questions of a course: five tries an hour, an hour for each',
  security: SECURITY,
  request: { params: IdParam },
  responses: created('The questions', AttemptView),
})
const answerCourse = createRoute({
  method: 'post',
  path: '/api/v1/staff/attempts/{id}',
  operationId: 'answerCourse',
  summary: 'Have a try graded, once; passing stands on the ledger',
  security: SECURITY,
  request: { params: IdParam, body: body(Answers) },
  responses: ok('What came of it', AttemptResult),
})
const ownTraining = createRoute({
  method: 'get',
  path: '/api/v1/staff/training',
  operationId: 'getOwnTraining',
  summary: 'What one’s own roles ask for, the first due first',
  security: SECURITY,
  responses: ok('All', listOf(CourseStanding, 'CourseStandingList')),
})
const everybody = createRoute({
  method: 'get',
  path: '/api/v1/staff/training/people',
  operationId: 'listTraining',
  summary: 'Who holds a role, and how they stand with each course that it asks for',
  security: SECURITY_OPERATOR,
  responses: ok('All', listOf(TrainingRow, 'TrainingTable')),
})

/** Courses are taken by each for themselves; the operator's token takes none. */
export function courseRoutes({ staff, log }: StaffDoorDeps): OpenAPIHono<HttpEnv> {
  const { courses } = staff
  return createRouter(log)
    .openapi(listCourses, (c) => c.json({ items: courses.list() }, 200))
    .openapi(beginCourse, async (c) =>
      c.json(await courses.begin(identityOf(c).person.id, c.req.valid('param').id), 201),
    )
    .openapi(answerCourse, async (c) =>
      c.json(await courses.answer(identityOf(c).person.id, c.req.valid('param').id, c.req.valid('json')), 200),
    )
    .openapi(ownTraining, async (c) => c.json({ items: await courses.of(identityOf(c).person.id) }, 200))
    .openapi(everybody, async (c) => c.json({ items: await courses.table() }, 200))
}
