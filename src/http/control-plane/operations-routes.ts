import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, body, done, ok, type RouteActions, SECURITY_OPERATOR as SECURITY } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const OPERATIONS_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/system/log-level', { action: 'status.read', operator: true }],
  ['PUT /api/v1/system/log-level', { action: 'system.operate', operator: true }],
  ['POST /api/v1/system/reload', { action: 'system.operate', operator: true }],
  ['POST /api/v1/system/backup', { action: 'system.operate', operator: true }],
  ['POST /api/v1/system/backup/keys-copied', { action: 'system.operate', operator: true }],
  ['POST /api/v1/system/restoration/settle', { action: 'system.operate', operator: true }],
])

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
const WEEK_SECONDS = 7 * 86_400

export const LogLevelView = z
  .object({
    level: z.enum(LEVELS),
    configured: z.enum(LEVELS).meta({ description: 'what the configuration says, to which it goes back' }),
    until: z.iso.datetime().nullable().meta({ description: 'when it goes back by itself; null = not' }),
  })
  .meta({ id: 'LogLevel' })

const NewLogLevel = z
  .strictObject({
    level: z.enum(LEVELS),
    forSeconds: z
      .int()
      .min(1)
      .max(WEEK_SECONDS)
      .nullable()
      .default(null)
      .meta({ description: 'after which it goes back by itself; null = at the next start' }),
  })
  .meta({ id: 'NewLogLevel' })

const KeysCopied = z
  .strictObject({
    keys: z.int().min(1).max(10_000).meta({ description: 'how many' }),
    sealedTo: z.enum(['recipients', 'passphrase']).meta({ description: 'what will open the copy' }),
  })
  .meta({ id: 'KeysCopied' })

export const ReloadView = z
  .object({
    changed: z.array(z.string()).meta({ description: 'keys that changed and are in effect' }),
    restartNeeded: z.array(z.string()).meta({ description: 'keys that changed and take effect at the next start' }),
    digest: z.string().meta({ description: 'SHA-256 of what runs now, hex' }),
  })
  .meta({ id: 'Reload' })

const getLogLevel = createRoute({
  method: 'get',
  path: '/system/log-level',
  operationId: 'getLogLevel',
  summary: 'How much is logged, and until when',
  security: SECURITY,
  responses: ok('The level', LogLevelView),
})
const setLogLevel = createRoute({
  method: 'put',
  path: '/system/log-level',
  operationId: 'setLogLevel',
  summary: 'Log more or less, perhaps for a time; logs never hold content',
  security: SECURITY,
  request: { body: body(NewLogLevel) },
  responses: ok('The level that holds now', LogLevelView),
})
const reload = createRoute({
  method: 'post',
  path: '/system/reload',
  operationId: 'reloadConfiguration',
  summary: 'Read the configuration anew and put in effect what can be without a restart',
  security: SECURITY,
  responses: ok('What changed', ReloadView),
})

const backup = createRoute({
  method: 'post',
  path: '/system/backup',
  operationId: 'createBackup',
  summary:
    'Everything that this installation keeps, but keys and weights, as one file; on record before its first byte',
  security: SECURITY,
  responses: {
    200: {
      description: 'A tar file under gzip, whose last files are its manifest and what vouches for that',
      content: { 'application/gzip': { schema: z.string().meta({ format: 'binary' }) } },
    },
  },
})
const keysCopied = createRoute({
  method: 'post',
  path: '/system/backup/keys-copied',
  operationId: 'recordKeysCopied',
  summary: 'Put on record that the keys of this installation are about to be sealed into a file',
  security: SECURITY,
  request: { body: body(KeysCopied) },
  responses: done,
})
const settleRestoration = createRoute({
  method: 'post',
  path: '/system/restoration/settle',
  operationId: 'settleRestoration',
  summary: 'Say that those whom it concerns know of the restoration: the server no longer does',
  security: SECURITY,
  responses: done,
})

/** What is changed while it runs. */
export function operationsRoutes({ operations, backups, restoration, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(getLogLevel, (c) => c.json(operations.logLevel(), 200))
    .openapi(setLogLevel, async (c) => {
      const { level, forSeconds } = c.req.valid('json')
      return c.json(await operations.setLogLevel(level, forSeconds, actorOf(c)), 200)
    })
    .openapi(reload, async (c) => {
      const { changed, restartNeeded, digest } = await operations.reload(actorOf(c))
      return c.json({ changed: [...changed], restartNeeded: [...restartNeeded], digest }, 200)
    })
    .openapi(settleRestoration, async (c) => {
      await restoration.settle(actorOf(c))
      return c.body(null, 204)
    })
    .openapi(keysCopied, async (c) => {
      await backups.keysCopied(c.req.valid('json'), actorOf(c))
      return c.body(null, 204)
    })
    .openapi(backup, async (c) => {
      const made = await backups.make(actorOf(c))
      return c.body(made.bytes(), 200, { 'content-type': 'application/gzip' })
    })
}
