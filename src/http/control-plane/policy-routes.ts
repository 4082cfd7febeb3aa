import type { OpenAPIHono } from '@hono/zod-openapi'
import { regressionWarning } from '../../intake/index.ts'
import { diffPolicies, type ExampleResult, lintPolicy, PUBLISH, runExamples, viewPolicy } from '../../policy/index.ts'
import { roleMay } from '../../staff/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, approvalView, identityOf, isOperator, type RouteAction, type RouteActions } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import * as api from './policy-api.ts'

const read: RouteAction = { action: 'policy.read', operator: true }
const edit: RouteAction = { action: 'policy.edit', operator: true }

export const POLICY_ACTIONS: RouteActions = new Map<string, RouteAction>([
  ['GET /api/v1/policy', read],
  ['GET /api/v1/policy/versions', read],
  ['GET /api/v1/policy/versions/:version', read],
  ['GET /api/v1/policy/diff', read],
  ['POST /api/v1/policy/lint', edit],
  ['GET /api/v1/policy/drafts', read],
  ['POST /api/v1/policy/drafts', edit],
  ['GET /api/v1/policy/drafts/:id', read],
  ['PATCH /api/v1/policy/drafts/:id', edit],
  ['DELETE /api/v1/policy/drafts/:id', edit],
  ['GET /api/v1/policy/drafts/:id/lint', read],
  ['POST /api/v1/policy/drafts/:id/test', edit],
  ['POST /api/v1/policy/drafts/:id/replay', edit],
  ['GET /api/v1/policy/drafts/:id/replays', read],
  ['GET /api/v1/policy/replays/:id', read],
  ['GET /api/v1/policy/drafts/:id/shadow', read],
  ['POST /api/v1/policy/drafts/:id/shadow', edit],
  ['DELETE /api/v1/policy/drafts/:id/shadow', edit],
  ['POST /api/v1/policy/drafts/:id/propose', edit],
  // A decision: by people, two of them.
  ['POST /api/v1/policy/drafts/:id/publish', { action: 'policy.publish' }],
])

/** The acceptable use policy: versions, drafts, and what a draft would do. */
export function policyRoutes(deps: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const { log, staff } = deps
  const { policies, drafts, replays, classifier } = deps.policy
  const findingsOf = (findings: ReturnType<typeof lintPolicy>) => ({
    ok: findings.every(({ level }) => level !== 'error'),
    findings,
  })
  const documentOf = async (name: string) => {
    if (!name.startsWith('pdr_')) return (await policies.version(name)).document
    return policies.load((await drafts.get(name)).document, `draft ${name}`).document
  }
  return createRouter(log)
    .openapi(api.getStatus, (c) => c.json(policies.status(), 200))
    .openapi(api.listVersions, (c) => c.json({ items: policies.versions() }, 200))
    .openapi(api.getVersion, async (c) => {
      const { version, text, document } = await policies.version(c.req.valid('param').version)
      return c.json({ ...version, document: text, policy: viewPolicy(document, policies.calibratedThresholds) }, 200)
    })
    .openapi(api.getDiff, async (c) => {
      const { from, to } = c.req.valid('query')
      return c.json({ from, to, changes: diffPolicies(await documentOf(from), await documentOf(to)) }, 200)
    })
    .openapi(api.lintText, (c) =>
      c.json(findingsOf(lintPolicy(c.req.valid('json').document, policies.calibratedThresholds, policies.means)), 200),
    )
    .openapi(api.listDrafts, async (c) => c.json(await drafts.list(c.req.valid('query')), 200))
    .openapi(api.createDraft, async (c) => c.json(await drafts.create(c.req.valid('json'), actorOf(c)), 201))
    .openapi(api.getDraft, async (c) => c.json(await drafts.get(c.req.valid('param').id), 200))
    .openapi(api.editDraft, async (c) =>
      c.json(await drafts.edit(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(api.discardDraft, async (c) => c.json(await drafts.discard(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(api.lintDraft, async (c) => c.json(findingsOf(await drafts.lint(c.req.valid('param').id)), 200))
    .openapi(api.testDraft, async (c) => {
      const { id } = c.req.valid('param')
      const policy = policies.load((await drafts.get(id)).document, `draft ${id}`)
      const results: ExampleResult[] = []
      for await (const result of runExamples(policy, classifier, c.req.raw.signal)) results.push(result)
      const passed = results.filter((result) => result.passed).length
      return c.json({ classifier: classifier.id, passed, failed: results.length - passed, results }, 200)
    })
    .openapi(api.replayDraft, async (c) => {
      const { since } = c.req.valid('json')
      return c.json(await replays.start(c.req.valid('param').id, since, actorOf(c)), 202)
    })
    .openapi(api.listReplays, async (c) => c.json({ items: await replays.list(c.req.valid('param').id) }, 200))
    .openapi(api.getReplay, async (c) => {
      const found = await replays.get(c.req.valid('param').id)
      const maySee = isOperator(c) || roleMay(identityOf(c).roles, 'decisions.read')
      const report = found.report === null || maySee ? found.report : { ...found.report, samples: [] }
      return c.json({ ...found, report }, 200)
    })
    .openapi(api.getShadow, async (c) => c.json(await drafts.shadow(c.req.valid('param').id), 200))
    .openapi(api.startShadow, async (c) => c.json(await drafts.startShadow(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(api.stopShadow, async (c) => {
      const { id } = c.req.valid('param')
      await drafts.stopShadow(id, actorOf(c))
      return c.json(await drafts.shadow(id), 200)
    })
    .openapi(api.propose, async (c) =>
      c.json(await drafts.propose(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(api.publish, async (c) => {
      const { id } = c.req.valid('param')
      const payload = await drafts.publication(id, c.req.valid('json'))
      const requester = identityOf(c).person.id
      const judged = policies.load((await drafts.get(id)).document, `draft ${id}`)
      // Whoever agrees signs this: nobody publishes unawares what lets a reported finding come back.
      const warning = regressionWarning(await deps.intake.triage.cases.failingUnder(judged))
      const reason = `${warning}${payload.changelog}`.slice(0, 1_000)
      const approval = await staff.approvals.request({ action: PUBLISH, payload, reason, requester })
      return c.json(await approvalView(staff, approval), 201)
    })
}
