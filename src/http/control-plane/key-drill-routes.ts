import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { DrillAnswer, DrillChallenge, DrillReport } from '../../backup/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, body, created, ok, type RouteActions, SECURITY_OPERATOR as SECURITY } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const KEY_DRILL_ACTIONS: RouteActions = new Map([
  ['POST /api/v1/system/key-drills', { action: 'system.operate', operator: true }],
  ['POST /api/v1/system/key-drills/answer', { action: 'system.operate', operator: true }],
])

const NewKeyDrill = z
  .strictObject({
    files: z
      .int()
      .min(0)
      .max(50)
      .default(5)
      .meta({ description: 'of how many files in the vault the wrapped keys are tried' }),
  })
  .meta({ id: 'NewKeyDrill' })

const begin = createRoute({
  method: 'post',
  path: '/system/key-drills',
  operationId: 'beginKeyDrill',
  summary: 'Wrapped keys and canaries, to be opened by the copies of the keys alone; holds no key',
  security: SECURITY,
  request: { body: body(NewKeyDrill) },
  responses: created('What is to be opened, within an hour', DrillChallenge),
})
const answer = createRoute({
  method: 'post',
  path: '/system/key-drills/answer',
  operationId: 'answerKeyDrill',
  summary: 'Have what was opened judged, and put on the ledger whichever way it went',
  security: SECURITY,
  request: { body: body(DrillAnswer) },
  responses: ok('What came of it', DrillReport),
})

/** Drills for keys that are lost. */
export function keyDrillRoutes({ keyDrills, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(begin, async (c) => c.json(await keyDrills.begin(c.req.valid('json').files), 201))
    .openapi(answer, async (c) => c.json(await keyDrills.finish(c.req.valid('json'), actorOf(c)), 200))
}
