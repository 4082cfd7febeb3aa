import { createRoute, z } from '@hono/zod-openapi'
import {
  DraftEdit,
  EXPECTATIONS,
  LintFindingView,
  NewDraft,
  NewProposal,
  PolicyDraft,
  PolicyReplay,
  PolicyShadow,
  PolicyStatus,
  PolicyVersion,
  PolicyView,
} from '../../policy/index.ts'
import { problemResponse } from '../router.ts'
import { ApprovalView, body, created, json, ok, PageQuery, SECURITY, SECURITY_OPERATOR } from '../staff/index.ts'

const params = z.object({ id: z.string().max(100) })
const security = SECURITY_OPERATOR
const tags = ['policy']

const VersionWithText = PolicyVersion.extend({
  document: z.string().meta({ description: 'YAML' }),
  policy: PolicyView,
}).meta({ id: 'PolicyVersionWithText' })
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
  text: z.string(),
  side: z.enum(['prompt', 'completion']),
  expected: z.enum(EXPECTATIONS),
  got: z.enum(EXPECTATIONS),
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

export const getStatus = createRoute(
  route({
    method: 'get',
    path: '/policy',
    operationId: 'getPolicyStatus',
    summary: 'Which policy decides, where it came from and what is to come',
    responses: ok('The status', PolicyStatus),
  }),
)
export const listVersions = createRoute(
  route({
    method: 'get',
    path: '/policy/versions',
    operationId: 'listPolicyVersions',
    summary: 'All versions, newest first',
    responses: ok('The versions', z.object({ items: z.array(PolicyVersion) })),
  }),
)
export const getVersion = createRoute(
  route({
    method: 'get',
    path: '/policy/versions/{version}',
    operationId: 'getPolicyVersion',
    summary: 'One version with its text, and as it decides',
    request: { params: z.object({ version: reference }) },
    responses: ok('The version', VersionWithText),
  }),
)
export const getDiff = createRoute(
  route({
    method: 'get',
    path: '/policy/diff',
    operationId: 'diffPolicies',
    summary: 'What differs between two versions or drafts',
    request: { query: z.object({ from: reference.default('current'), to: reference }) },
    responses: ok('The differences', Diff),
  }),
)
export const lintText = createRoute(
  route({
    method: 'post',
    path: '/policy/lint',
    operationId: 'lintPolicy',
    summary: 'Check a document without storing it',
    request: { body: body(z.object({ document: z.string().max(256 * 1024) })) },
    responses: ok('The findings', Findings),
  }),
)
export const listDrafts = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts',
    operationId: 'listPolicyDrafts',
    summary: 'Drafts, newest first',
    request: { query: DraftQuery },
    responses: ok('One page', DraftPage),
  }),
)
const oneDraft = ok('The draft', PolicyDraft)
export const createDraft = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts',
    operationId: 'createPolicyDraft',
    summary: 'Begin a draft, from the newest version or from a document',
    request: { body: body(NewDraft) },
    responses: created('The draft', PolicyDraft),
  }),
)
export const getDraft = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}',
    operationId: 'getPolicyDraft',
    summary: 'One draft',
    request: { params },
    responses: oneDraft,
  }),
)
export const editDraft = createRoute(
  route({
    method: 'patch',
    path: '/policy/drafts/{id}',
    operationId: 'editPolicyDraft',
    summary: 'Change a draft; refused when it is not the one that was read',
    request: { params, body: body(DraftEdit) },
    responses: oneDraft,
  }),
)
export const discardDraft = createRoute(
  route({
    method: 'delete',
    path: '/policy/drafts/{id}',
    operationId: 'discardPolicyDraft',
    summary: 'Close a draft; it stays to be seen',
    request: { params },
    responses: oneDraft,
  }),
)
export const lintDraft = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}/lint',
    operationId: 'lintPolicyDraft',
    summary: 'What can be said against a draft',
    request: { params },
    responses: ok('The findings', Findings),
  }),
)
export const testDraft = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/test',
    operationId: 'testPolicyDraft',
    summary: 'Put the examples of a draft to the classifier in use',
    request: { params },
    responses: ok('What became of each', TestReport),
  }),
)
export const replayDraft = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/replay',
    operationId: 'replayPolicyDraft',
    summary: 'Start deciding recorded decisions again, by the policy in force and by the draft',
    request: { params, body: body(z.object({ since: z.iso.datetime({ offset: true }) })) },
    responses: { 202: json('The replay, which goes on', PolicyReplay), default: problemResponse },
  }),
)
export const listReplays = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}/replays',
    operationId: 'listPolicyReplays',
    summary: 'The newest replays of a draft, newest first, without their reports',
    request: { params },
    responses: ok('The replays', z.object({ items: z.array(PolicyReplay) })),
  }),
)
export const getReplay = createRoute(
  route({
    method: 'get',
    path: '/policy/replays/{id}',
    operationId: 'getPolicyReplay',
    summary: 'How far a replay is, and its report; samples only for those who may read decisions',
    request: { params },
    responses: ok('The replay', PolicyReplay),
  }),
)
const oneShadow = ok('The shadow', PolicyShadow)
export const getShadow = createRoute(
  route({
    method: 'get',
    path: '/policy/drafts/{id}/shadow',
    operationId: 'getPolicyShadow',
    summary: 'How a draft in shadow has differed so far',
    request: { params },
    responses: oneShadow,
  }),
)
export const startShadow = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/shadow',
    operationId: 'startPolicyShadow',
    summary: 'Let a draft decide beside the policy in force, without effect',
    request: { params },
    responses: oneShadow,
  }),
)
export const stopShadow = createRoute(
  route({
    method: 'delete',
    path: '/policy/drafts/{id}/shadow',
    operationId: 'stopPolicyShadow',
    summary: 'End that',
    request: { params },
    responses: oneShadow,
  }),
)
export const propose = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/propose',
    operationId: 'proposePolicyDraft',
    summary: 'Mark a draft for those who may publish; decides nothing',
    request: { params, body: body(NewProposal) },
    responses: oneDraft,
  }),
)
export const publish = createRoute(
  route({
    method: 'post',
    path: '/policy/drafts/{id}/publish',
    operationId: 'publishPolicyDraft',
    summary: 'Ask for publication; another person must agree',
    security: SECURITY,
    request: { params, body: body(NewProposal) },
    responses: created('The approval', ApprovalView),
  }),
)
