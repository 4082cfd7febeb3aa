import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { proveServer } from '../../accounts/index.ts'
import { VERSION } from '../../base/version.ts'
import { relyingParty } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { mountStaff, ok, SECURITY_OPERATOR } from '../staff/index.ts'
import { vaultPlane } from '../vault-plane/index.ts'
import { accountRoutes } from './account-routes.ts'
import { appealRoutes } from './appeal-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { canaryRoutes } from './canary-routes.ts'
import { CARDS_PATH, MAX_CARD_BODY_BYTES } from './card-api.ts'
import { cardRoutes } from './card-routes.ts'
import { consolePages } from './console.ts'
import { contentRoutes } from './content-routes.ts'
import { controlReportRoutes } from './control-report-routes.ts'
import { controlRoutes } from './control-routes.ts'
import { decisionRoutes } from './decision-routes.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { enforcementRoutes } from './enforcement-routes.ts'
import { evaluationRoutes, MAX_RESULTS_BYTES, RESULTS_PATH } from './evaluation-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { evidenceRoutes } from './evidence-routes.ts'
import { exemptionRoutes } from './exemption-routes.ts'
import { checkHost, identify, limitBody, requireOperatorUnlessLocal } from './guard.ts'
import { insiderCaseRoutes } from './insider-case-routes.ts'
import { ACTIVITIES_PATH, insiderRoutes, MAX_ACTIVITIES_BYTES } from './insider-routes.ts'
import { keyDrillRoutes } from './key-drill-routes.ts'
import { ledgerRoutes } from './ledger-routes.ts'
import { noncomplianceRoutes } from './noncompliance-routes.ts'
import { notifyRoutes } from './notify-routes.ts'
import { operationsRoutes } from './operations-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { MAX_REFUSAL_BYTES, REFUSAL_PATHS, refusalRoutes } from './refusal-routes.ts'
import { refusalRowRoutes } from './refusal-row-routes.ts'
import { registryRoutes } from './registry-routes.ts'
import { releaseRoutes } from './release-routes.ts'
import { reportRoutes } from './report-routes.ts'
import { reportRunRoutes } from './report-run-routes.ts'
import { responseRoutes } from './response-routes.ts'
import { reviewRoutes } from './review-routes.ts'
import { ROUTE_ACTIONS } from './route-actions.ts'
import { runbookRoutes } from './runbook-routes.ts'
import { StatusView } from './schema.ts'
import { speakUp } from './speak-up.ts'
import { statementRoutes } from './statement-routes.ts'
import { statusPage } from './status-page.ts'
import { trainingRoutes } from './training-routes.ts'
import { transparencyRoutes } from './transparency-routes.ts'
import { VAULT_DOOR, weightsRoutes } from './weights-routes.ts'
import { MAX_PART_BYTES, UPLOADS_PATH } from './weights-vault-routes.ts'

const MAX_BODY_BYTES = 64 * 1024
/** A policy as JSON text: every character of it may take six. */
/** A suite lists its tasks. */
const SUITES_PATH = '/api/v1/evaluations/suites'
/** A reproduction comes with its conversation. */
const REPORTS_PATH = '/api/v1/reports/'
const MAX_POLICY_BODY_BYTES = 2 * 1024 * 1024

const getStatus = createRoute({
  method: 'get',
  path: '/api/v1/status',
  operationId: 'getStatus',
  summary: 'What runs here and how it is',
  security: SECURITY_OPERATOR,
  responses: ok('The status', StatusView),
})

/**
 * The control plane: the console, the API for staff and for the operator, and a status page. The caller listens, on an address that customers can't
 * reach. A customer's key opens nothing here.
 */
export function createControlPlane(deps: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const app = createRouter(deps.log)
  app.use('*', identify(deps.ids), checkHost(deps.host, relyingParty(deps.staff.context.config).id))
  app.use('/api/v1/policy/*', limitBody(MAX_POLICY_BODY_BYTES))
  app.use(RESULTS_PATH, limitBody(MAX_RESULTS_BYTES))
  app.use(`${CARDS_PATH}/*`, limitBody(MAX_CARD_BODY_BYTES))
  app.use(SUITES_PATH, limitBody(MAX_POLICY_BODY_BYTES))
  app.use(`${REPORTS_PATH}*`, limitBody(MAX_POLICY_BODY_BYTES))
  app.use(`${UPLOADS_PATH}/*`, limitBody(MAX_PART_BYTES))
  app.use(UPLOADS_PATH, limitBody(MAX_POLICY_BODY_BYTES))
  app.use(ACTIVITIES_PATH, limitBody(MAX_ACTIVITIES_BYTES))
  for (const path of REFUSAL_PATHS) app.use(path, limitBody(MAX_REFUSAL_BYTES))
  const small = limitBody(MAX_BODY_BYTES)
  app.use('*', (c, next) => (isLarge(c.req.path) ? next() : small(c, next)))
  mountStaff(app, deps, ROUTE_ACTIONS)
  speakUp(app, deps)
  app.use('*', consolePages(deps.consoleDir))
  const local = requireOperatorUnlessLocal(deps.operatorToken, deps.host)

  app.get('/status', local, async (c) => c.html(statusPage(await deps.status())))
  app.get('/metrics', local, async (c) => {
    const { contentType, body } = await deps.metrics()
    return c.body(body, 200, { 'content-type': contentType })
  })
  app.get('/healthz', (c) => {
    const challenge = c.req.header('x-safelevel-challenge')
    if (challenge !== undefined) c.header('x-safelevel-proof', proveServer(deps.operatorToken, challenge))
    return c.json({ status: 'ok' })
  })
  app.get('/readyz', (c) => {
    const { state, ready, reasons, conditions } = deps.readiness()
    return c.json({ status: state === 'unready' ? 'not ready' : state, reasons, conditions }, ready ? 200 : 503)
  })
  app.openapi(getStatus, async (c) => c.json(await deps.status(), 200))
  app.route('/api/v1', accountRoutes(deps))
  app.route('/api/v1', enforcementRoutes(deps))
  for (const routes of [exemptionRoutes, statementRoutes, appealRoutes]) app.route('/api/v1', routes(deps))
  app.route('/api/v1', keyDrillRoutes(deps))
  app.route('/api/v1', ledgerRoutes(deps))
  app.route('/api/v1', eventRoutes(deps))
  app.route('/api/v1', reviewRoutes(deps))
  app.route('/api/v1', notifyRoutes(deps))
  app.route('/api/v1', canaryRoutes(deps))
  app.route('/api/v1', operationsRoutes(deps))
  app.route('/api/v1', decisionRoutes(deps))
  app.route('/api/v1', contentRoutes(deps))
  app.route('/api/v1', runbookRoutes(deps))
  for (const routes of [controlRoutes, controlReportRoutes, evidenceRoutes]) app.route('/api/v1', routes(deps))
  app.route('/api/v1', auditRoutes(deps))
  app.route('/api/v1', policyRoutes(deps))
  app.route('/api/v1', reportRoutes(deps))
  app.route('/api/v1', reportRunRoutes(deps))
  app.route('/api/v1', responseRoutes(deps))
  app.route('/api/v1', trainingRoutes(deps))
  app.route('/api/v1', releaseRoutes(deps))
  app.route('/api/v1', registryRoutes(deps))
  app.route('/api/v1', evaluationRoutes(deps))
  app.route('/api/v1', refusalRoutes(deps))
  app.route('/api/v1', refusalRowRoutes(deps))
  app.route('/api/v1', cardRoutes(deps))
  app.route('/api/v1', noncomplianceRoutes(deps))
  app.route('/api/v1', transparencyRoutes(deps))
  for (const routes of weightsRoutes) app.route('/api/v1', routes(deps))
  app.route('/api/v1', insiderCaseRoutes(deps))
  app.route('/api/v1', insiderRoutes(deps))
  app.route(VAULT_DOOR, vaultPlane({ ...deps.weights, log: deps.log }))
  app.get('/api/v1/openapi.json', (c) => c.json(describeApi(app)))
  return app
}

/** Whether bodies may be larger there than elsewhere. */
function isLarge(path: string): boolean {
  return (
    path.startsWith('/api/v1/policy/') ||
    path.startsWith(REPORTS_PATH) ||
    path.startsWith(`${CARDS_PATH}/`) ||
    path.startsWith(UPLOADS_PATH) ||
    REFUSAL_PATHS.includes(path) ||
    path === RESULTS_PATH ||
    path === ACTIVITIES_PATH ||
    path === SUITES_PATH
  )
}

/** The OpenAPI 3.1 document of the API; `docs/openapi.json` holds a copy that tests compare. */
export function describeApi(app: OpenAPIHono<HttpEnv>) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'operator', {
    type: 'http',
    scheme: 'bearer',
    description: 'The operator token, from the file operator-token in the data folder',
  })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Safelevel control plane',
      version: VERSION,
      description:
        'What the operator of an installation can do with the operator token: read its state and its ledger, manage organisations, projects and keys. And what people do who have signed in: sessions, roles, approvals. Decisions that the policy reserves for people are not open to the operator token.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
  })
}
