import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  Coverage,
  DrillReport,
  IMPORT_SOURCES,
  ImportReport,
  InsiderSettings,
  InsiderStatement,
  ModelView,
  NewReplay,
  ReplayReport,
  RuleText,
  RuleView,
  WatchView,
} from '../../weights/insider/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, body, created, listOf, ok, type RouteActions, SECURITY, SECURITY_OPERATOR } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { viewerOf } from './insider-case-routes.ts'

/** What comes from other sources, a batch at a time. */
export const ACTIVITIES_PATH = '/api/v1/insider/activities'
export const MAX_ACTIVITIES_BYTES = 8 * 1024 * 1024

export const INSIDER_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/insider/watch', { action: 'insider.watch', operator: true }],
  ['GET /api/v1/insider/rules', { action: 'insider.read', operator: true }],
  ['GET /api/v1/insider/rules/:cause', { action: 'insider.read', operator: true }],
  ['GET /api/v1/insider/settings', { action: 'insider.read', operator: true }],
  ['GET /api/v1/insider/drills', { action: 'insider.watch', operator: true }],
  ['POST /api/v1/insider/drills', { action: 'insider.drill', operator: true }],
  ['POST /api/v1/insider/replays', { action: 'insider.read' }],
  [`POST ${ACTIVITIES_PATH}`, { action: 'insider.import', operator: true }],
  ['GET /api/v1/insider/statement', { action: 'self.manage' }],
])

const security = SECURITY_OPERATOR
/** An activity a line. */
const LINES: string = 'application/x-ndjson'
const Rules = z
  .object({ items: z.array(RuleView), models: z.array(ModelView), coverage: Coverage })
  .meta({ id: 'InsiderRuleList' })

const watch = createRoute({
  method: 'get',
  path: '/insider/watch',
  operationId: 'getInsiderWatch',
  summary: 'Whether what staff do is watched, and how far; nothing of what was found',
  security,
  responses: ok('How the watch does', WatchView),
})
const rules = createRoute({
  method: 'get',
  path: '/insider/rules',
  operationId: 'listInsiderRules',
  summary: 'Rules that are in force, and which techniques of insiders they and the models of behaviour cover',
  security,
  responses: ok('All of them', Rules),
})
const rule = createRoute({
  method: 'get',
  path: '/insider/rules/{cause}',
  operationId: 'getInsiderRule',
  summary: 'A rule with its text',
  security,
  request: { params: z.object({ cause: z.string().max(100) }) },
  responses: ok('The rule', RuleText),
})
const settings = createRoute({
  method: 'get',
  path: '/insider/settings',
  operationId: 'getInsiderSettings',
  summary: 'Thresholds, budget, containment and retention, as configured, and what follows from it',
  security,
  responses: ok('As they are', InsiderSettings),
})
const listDrills = createRoute({
  method: 'get',
  path: '/insider/drills',
  operationId: 'listInsiderDrills',
  summary: 'Drills, newest first, with the time to the alert',
  security,
  responses: ok('The last 50', listOf(DrillReport, 'InsiderDrillList')),
})
const startDrill = createRoute({
  method: 'post',
  path: '/insider/drills',
  operationId: 'startInsiderDrill',
  summary: 'Plant a synthetic campaign under somebody who does not exist, to see whether the watch sees it',
  security,
  responses: created('The drill', DrillReport),
})
const replay = createRoute({
  method: 'post',
  path: '/insider/replays',
  operationId: 'replayInsider',
  summary: 'What another threshold would have raised lately, in numbers; without you',
  security: SECURITY,
  request: { body: body(NewReplay) },
  responses: ok('The numbers', ReplayReport),
})
const importActivities = createRoute({
  method: 'post',
  path: '/insider/activities',
  operationId: 'importActivities',
  summary: 'Activities of another source, one a line, at most 8 MiB: the same again change nothing',
  security,
  request: {
    query: z.object({ source: z.enum(IMPORT_SOURCES) }),
    body: { required: true, content: { [LINES]: { schema: z.string() } } },
  },
  responses: ok('What was taken, and what is wrong with the rest', ImportReport),
})
const statement = createRoute({
  method: 'get',
  path: '/insider/statement',
  operationId: 'getInsiderStatement',
  summary: 'For everybody who works here: what is watched, what isn’t, what follows, and for how long it is kept',
  security: SECURITY,
  responses: ok('In plain words', InsiderStatement),
})

/** The programme itself: says nothing of what was found about anybody. */
export function insiderRoutes({ insider, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(watch, async (c) => c.json(await insider.watching(), 200))
    .openapi(rules, (c) => c.json(insider.rules(), 200))
    .openapi(rule, (c) => c.json(insider.rule(c.req.valid('param').cause), 200))
    .openapi(settings, async (c) => c.json(await insider.settings(), 200))
    .openapi(listDrills, async (c) => c.json({ items: await insider.drills.list() }, 200))
    .openapi(startDrill, async (c) => c.json(await insider.drills.start(actorOf(c)), 201))
    .openapi(replay, async (c) => c.json(await insider.replays.run(c.req.valid('json'), viewerOf(c)), 200))
    .openapi(importActivities, async (c) => {
      const { source } = c.req.valid('query')
      return c.json(await insider.imports.take(source, c.req.raw.body, actorOf(c)), 200)
    })
    .openapi(statement, (c) => c.json(insider.statement(), 200))
}
