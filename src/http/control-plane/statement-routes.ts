import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { Acceptance, DsaStatement, Statement } from '../../accounts/redress/index.ts'
import { AppError } from '../../base/errors.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { ok, PageQuery, type RouteActions, SECURITY_OPERATOR } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const STATEMENT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/statements', { action: 'statements.read', operator: true }],
  ['GET /api/v1/statements/export', { action: 'statements.read', operator: true }],
  ['GET /api/v1/statements/:id', { action: 'statements.read', operator: true }],
  ['GET /api/v1/policy-acceptances', { action: 'accounts.read', operator: true }],
  ['GET /api/v1/policy-acceptances/:id', { action: 'accounts.read', operator: true }],
])

const next = z.string().nullable().meta({ description: '`after` of the next page' })
const OfOrganisation = PageQuery.extend({ organisationId: z.string().max(100).optional() })
const StatementPage = z.object({ items: z.array(Statement), next }).meta({ id: 'StatementPage' })
const DsaExport = z.object({ statements: z.array(DsaStatement), next }).meta({ id: 'DsaExport' })
const AcceptancePage = z.object({ items: z.array(Acceptance), next }).meta({ id: 'PolicyAcceptancePage' })
const AcceptanceView = z
  .object({
    policyVersion: z.string(),
    policyDigest: z.string(),
    announcedAt: z.iso.datetime(),
    accepted: Acceptance.nullable(),
    dueAt: z.iso.datetime().nullable().meta({ description: 'when traffic is refused without it; null: never' }),
    required: z.boolean(),
  })
  .meta({ id: 'PolicyAcceptanceStatus' })

const listStatements = createRoute({
  method: 'get',
  path: '/statements',
  operationId: 'listStatements',
  summary: 'Statements of reasons for actions against accounts, newest first',
  security: SECURITY_OPERATOR,
  request: { query: OfOrganisation },
  responses: ok('One page', StatementPage),
})
const exportStatements = createRoute({
  method: 'get',
  path: '/statements/export',
  operationId: 'exportStatements',
  summary: 'The same in the form of the EU’s DSA transparency database, at most 100 a page; warnings left out',
  security: SECURITY_OPERATOR,
  request: { query: PageQuery },
  responses: ok('One page, as `POST /api/v1/statements` of the database takes it', DsaExport),
})
const getStatement = createRoute({
  method: 'get',
  path: '/statements/{id}',
  operationId: 'getStatement',
  summary: 'The statement for a refusal (dec_…), an action (act_…), or by its own id (sor_…)',
  security: SECURITY_OPERATOR,
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: ok('The statement', Statement),
})
const listAcceptances = createRoute({
  method: 'get',
  path: '/policy-acceptances',
  operationId: 'listPolicyAcceptances',
  summary: 'Who has accepted which version of the policy, and when',
  security: SECURITY_OPERATOR,
  request: { query: OfOrganisation },
  responses: ok('One page', AcceptancePage),
})
const getAcceptance = createRoute({
  method: 'get',
  path: '/policy-acceptances/{id}',
  operationId: 'getPolicyAcceptance',
  summary: 'Where an organisation stands with the policy in force',
  security: SECURITY_OPERATOR,
  request: { params: z.object({ id: z.string().max(100).meta({ description: 'of the organisation' }) }) },
  responses: ok('The status', AcceptanceView),
})

/** Why customers were refused or restricted, and what they have agreed to. */
export function statementRoutes({ redress, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { statements, acceptances } = redress
  return createRouter(log)
    .openapi(listStatements, async (c) => c.json(await statements.actions(c.req.valid('query')), 200))
    .openapi(exportStatements, async (c) => c.json(await statements.exportDsa(c.req.valid('query')), 200))
    .openapi(getStatement, async (c) => {
      const found = await statements.find(c.req.valid('param').id)
      if (found === null) throw new AppError('NOT_FOUND', 'nothing was refused or restricted under this number')
      return c.json(found.statement, 200)
    })
    .openapi(listAcceptances, async (c) => c.json(await acceptances.list(c.req.valid('query')), 200))
    .openapi(getAcceptance, async (c) => c.json(await acceptances.status(c.req.valid('param').id), 200))
}
