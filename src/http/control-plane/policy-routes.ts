import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  DraftEdit,
  diffPolicies,
  type ExampleResult,
  LintFindingView,
  lintPolicy,
  NewDraft,
  NewProposal,
  PolicyDraft,
  PolicyReplay,
  PolicyShadow,
  PolicyStatus,
  PolicyVersion,
  PUBLISH,
  runExamples,
} from '../../policy/index.ts'
import { roleMay } from '../../staff/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import {
  ApprovalView,
  actorOf,
  approvalView,
  body,
  identityOf,
  isOperator,
  json,
  type RouteAction,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { PageQuery } from './schema.ts'

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
  ['GET /api/v1/policy/replays/:id', read],
  ['GET /api/v1/policy/drafts/:id/shadow', read],
  ['POST /api/v1/policy/drafts/:id/shadow', edit],
  ['DELETE /api/v1/policy/drafts/:id/shadow', edit],
  ['POST /api/v1/policy/drafts/:id/propose', edit],
  // A decision: by people, two of them.
  ['POST /api/v1/policy/drafts/:id/publish', { action: 'policy.publish' }],
])

const params = z.object({ id: z.string().max(100) })
const security = SECURITY_OPERATOR
const tags = ['policy']

const VersionWithText = PolicyVersion.extend({ document: z.string().meta({ description: 'YAML' }) }).meta({
  id: 'PolicyVersionWithText',
})
const Findings = z
  .object({
    ok: z.boolean().meta({ description: 'no error: it could be published' }),
    findings: z.array(LintFindingView),
  })
  .meta({ id: 'PolicyLint' })
const Change = z.object({
  change: z.enum(['added', 'removed', 'changed']),
  subject: z.string().meta({ description: '`clause 4.1`, `overlay minors`, `policy`' }),
  title: z.string().nullable(),
  field: z.string().meta({ description: '`prompt.threshold`; empty for the whole' }),
  before: z.string().nullable().meta({ description: 'JSON' }),
  after: z.string().nullable(),
})
const Diff = z.object({ from: z.string(), to: z.string(), changes: z.array(Change) }).meta({ id: 'PolicyDiff' })
const Example = z.object({
  clause: z.string(),
  index: z.int().nonnegative(),
  side: z.enum(['prompt', 'completion']),
  expected: z.enum(['refuse', 'flag', 'allow']),
  got: z.enum(['refuse', 'flag', 'allow']),
  passed: z.boolean(),
  refusedBy: z.string().nullable(),
  label: z.string().nullable(),
  scores: z.record(z.string(), z.number()).meta({ description: 'what spoke loudest' }),
})
const TestReport = z
  .object({
    classifier: z.string(),
    passed: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    results: z.array(Example),
  })
  .meta({ id: 'PolicyTestReport' })
const DraftPage = z.object({ items: z.array(PolicyDraft), next: z.string().nullable() }).meta({ id: 'PolicyDraftPage' })
const DraftQuery = PageQuery.extend({ state: z.enum(['open', 'published', 'discarded']).optional() })
const reference = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'a version, a digest, `current`, or the id of a draft' })

const route = <
  const R extends {
    method: 'get' | 'post' | 'patch' | 'delete'
    path: string
    operationId: string
    summary: string
    responses: object
  },
>(
  given: R,
) => ({ tags, security, ...given })

const getStatus = createRoute(
  route({
    method: 'get',
    path: '/policy',
    operationId: 'getPolicyStatus',
    summary: 'Which policy decides, where it came from and what is to come',
    responses: { 200: json('The status', PolicyStatus), default: problemResponse },
  }),
)
const listVersions = createRoute(
  route({
    method: 'get',
    path: '/policy/versions',
    operationId: 'listPolicyVersions',
    summary: 'All versions, newest first',
    responses: { 200: json('The versions', z.object({ items: z.array(PolicyVersion) })), default: problemResponse },
  }),
)
const getVersion = createRoute(
  route({
    method: 'get',
    path: '/policy/versions/{version}',
    operationId: 'getPolicyVersion',
    summary: 'One version with its text',
    request: { params: z.object({ version: reference }) },
    responses: { 200: json('The version', VersionWithText), default: problemResponse },
  }),
)
const getDiff = createRoute(
  route({
    method: 'get',
    path: '/policy/diff',
    operationId: 'diffPolicies',
    summary: 'What differs between two versions or drafts',
    request: { query: z.object({ from: reference.default('current'), to: reference }) },
    responses: { 200: json('The differences', Diff), default: problemResponse },
  }),
)
const lintText = createRoute(
  route({
    method: 'post',
    path: '/policy/lint',
    operationId: 'lintPolicy',
    summary: 'Check a document without storing it',
    request: { body: body(z.object({ document: z.string().max(256 * 1024) })) },
    responses: { 200: json('The findings', Findings), default: problemResponse },
  }),
)
const listDrafts = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts',
    operationId: 'listPolicyDrafts',
    summary: 'Drafts, newest first',
    request: { query: DraftQuery },
    responses: { 200: json('One page', DraftPage), default: problemResponse },
  }),
)
const oneDraft = { 200: json('The draft', PolicyDraft), default: problemResponse }
const createDraft = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts',
    operationId: 'createPolicyDraft',
    summary: 'Begin a draft, from the newest version or from a document',
    request: { body: body(NewDraft) },
    responses: { 201: json('The draft', PolicyDraft), default: problemResponse },
  }),
)
const getDraft = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}',
    operationId: 'getPolicyDraft',
    summary: 'One draft',
    request: { params },
    responses: oneDraft,
  }),
)
const editDraft = createRoute(
  route({
    method: 'patch',
    path: '/policy/drafts/{id}',
    operationId: 'editPolicyDraft',
    summary: 'Change a draft; refused when it is not the one that was read',
    request: { params, body: body(DraftEdit) },
    responses: oneDraft,
  }),
)
const discardDraft = createRoute(
  route({
    method: 'delete',
    path: '/policy/drafts/{id}',
    operationId: 'discardPolicyDraft',
    summary: 'Close a draft; it stays to be seen',
    request: { params },
    responses: oneDraft,
  }),
)
const lintDraft = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}/lint',
    operationId: 'lintPolicyDraft',
    summary: 'What can be said against a draft',
    request: { params },
    responses: { 200: json('The findings', Findings), default: problemResponse },
  }),
)
const testDraft = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/test',
    operationId: 'testPolicyDraft',
    summary: 'Put the examples of a draft to the classifier in use',
    request: { params },
    responses: { 200: json('What became of each', TestReport), default: problemResponse },
  }),
)
const replayDraft = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/replay',
    operationId: 'replayPolicyDraft',
    summary: 'Start deciding recorded decisions again, by the policy in force and by the draft',
    request: { params, body: body(z.object({ since: z.iso.datetime({ offset: true }) })) },
    responses: { 202: json('The replay, which goes on', PolicyReplay), default: problemResponse },
  }),
)
const getReplay = createRoute(
  route({
    method: 'get',
    path: '/policy/replays/{id}',
    operationId: 'getPolicyReplay',
    summary: 'How far a replay is, and its report; samples only for those who may read decisions',
    request: { params },
    responses: { 200: json('The replay', PolicyReplay), default: problemResponse },
  }),
)
const oneShadow = { 200: json('The shadow', PolicyShadow), default: problemResponse }
const getShadow = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}/shadow',
    operationId: 'getPolicyShadow',
    summary: 'How a draft in shadow has differed so far',
    request: { params },
    responses: oneShadow,
  }),
)
const startShadow = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/shadow',
    operationId: 'startPolicyShadow',
    summary: 'Let a draft decide beside the policy in force, without effect',
    request: { params },
    responses: oneShadow,
  }),
)
const stopShadow = createRoute(
  route({
    method: 'delete',
    path: '/policy/drafts/{id}/shadow',
    operationId: 'stopPolicyShadow',
    summary: 'End that',
    request: { params },
    responses: oneShadow,
  }),
)
const propose = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/propose',
    operationId: 'proposePolicyDraft',
    summary: 'Mark a draft for those who may publish; decides nothing',
    request: { params, body: body(NewProposal) },
    responses: oneDraft,
  }),
)
const publish = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/publish',
    operationId: 'publishPolicyDraft',
    summary: 'Ask for publication; another person must agree',
    security: SECURITY,
    request: { params, body: body(NewProposal) },
    responses: { 201: json('The approval', ApprovalView), default: problemResponse },
  }),
)

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
    .openapi(getStatus, (c) => c.json(policies.status(), 200))
    .openapi(listVersions, (c) => c.json({ items: policies.versions() }, 200))
    .openapi(getVersion, async (c) => {
      const { version, text } = await policies.version(c.req.valid('param').version)
      return c.json({ ...version, document: text }, 200)
    })
    .openapi(getDiff, async (c) => {
      const { from, to } = c.req.valid('query')
      return c.json({ from, to, changes: diffPolicies(await documentOf(from), await documentOf(to)) }, 200)
    })
    .openapi(lintText, (c) =>
      c.json(findingsOf(lintPolicy(c.req.valid('json').document, policies.calibratedThresholds)), 200),
    )
    .openapi(listDrafts, async (c) => c.json(await drafts.list(c.req.valid('query')), 200))
    .openapi(createDraft, async (c) => c.json(await drafts.create(c.req.valid('json'), actorOf(c)), 201))
    .openapi(getDraft, async (c) => c.json(await drafts.get(c.req.valid('param').id), 200))
    .openapi(editDraft, async (c) =>
      c.json(await drafts.edit(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(discardDraft, async (c) => c.json(await drafts.discard(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(lintDraft, async (c) => c.json(findingsOf(await drafts.lint(c.req.valid('param').id)), 200))
    .openapi(testDraft, async (c) => {
      const { id } = c.req.valid('param')
      const policy = policies.load((await drafts.get(id)).document, `draft ${id}`)
      const results: ExampleResult[] = []
      for await (const result of runExamples(policy, classifier, c.req.raw.signal)) results.push(result)
      const passed = results.filter((result) => result.passed).length
      return c.json({ classifier: classifier.id, passed, failed: results.length - passed, results }, 200)
    })
    .openapi(replayDraft, async (c) => {
      const { since } = c.req.valid('json')
      return c.json(await replays.start(c.req.valid('param').id, since, actorOf(c)), 202)
    })
    .openapi(getReplay, async (c) => {
      const found = await replays.get(c.req.valid('param').id)
      const maySee = isOperator(c) || roleMay(identityOf(c).roles, 'decisions.read')
      const report = found.report === null || maySee ? found.report : { ...found.report, samples: [] }
      return c.json({ ...found, report }, 200)
    })
    .openapi(getShadow, async (c) => c.json(await drafts.shadow(c.req.valid('param').id), 200))
    .openapi(startShadow, async (c) => c.json(await drafts.startShadow(c.req.valid('param').id, actorOf(c)), 200))
    .openapi(stopShadow, async (c) => {
      const { id } = c.req.valid('param')
      await drafts.stopShadow(id, actorOf(c))
      return c.json(await drafts.shadow(id), 200)
    })
    .openapi(propose, async (c) =>
      c.json(await drafts.propose(c.req.valid('param').id, c.req.valid('json'), actorOf(c)), 200),
    )
    .openapi(publish, async (c) => {
      const payload = await drafts.publication(c.req.valid('param').id, c.req.valid('json'))
      const requester = identityOf(c).person.id
      const reason = payload.changelog.slice(0, 1_000)
      const approval = await staff.approvals.request({ action: PUBLISH, payload, reason, requester })
      return c.json(await approvalView(staff, approval), 201)
    })
}
