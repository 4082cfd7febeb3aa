import { type RouteAction, type RouteActions, STAFF_ROUTES } from '../staff/index.ts'
import { ACCOUNT_ACTIONS } from './account-routes.ts'
import { APPEAL_ACTIONS } from './appeal-routes.ts'
import { AUDIT_ACTIONS } from './audit-routes.ts'
import { CANARY_ACTIONS } from './canary-routes.ts'
import { CARD_ACTIONS } from './card-routes.ts'
import { CONTENT_ACTIONS } from './content-routes.ts'
import { CONTROL_REPORT_ACTIONS } from './control-report-routes.ts'
import { CONTROL_ACTIONS } from './control-routes.ts'
import { DECISION_ACTIONS } from './decision-routes.ts'
import { ENFORCEMENT_ACTIONS } from './enforcement-routes.ts'
import { EVALUATION_ACTIONS } from './evaluation-routes.ts'
import { EVENT_ACTIONS } from './event-routes.ts'
import { EVIDENCE_ACTIONS } from './evidence-routes.ts'
import { EXEMPTION_ACTIONS } from './exemption-routes.ts'
import { INSIDER_CASE_ACTIONS } from './insider-case-routes.ts'
import { INSIDER_ACTIONS } from './insider-routes.ts'
import { KEY_DRILL_ACTIONS } from './key-drill-routes.ts'
import { LEDGER_ACTIONS } from './ledger-routes.ts'
import { NONCOMPLIANCE_ACTIONS } from './noncompliance-routes.ts'
import { NOTIFY_ACTIONS } from './notify-routes.ts'
import { OPERATIONS_ACTIONS } from './operations-routes.ts'
import { POLICY_ACTIONS } from './policy-routes.ts'
import { REFUSAL_ACTIONS } from './refusal-routes.ts'
import { REFUSAL_ROW_ACTIONS } from './refusal-row-routes.ts'
import { REGISTRY_ACTIONS } from './registry-routes.ts'
import { RELEASE_ACTIONS } from './release-routes.ts'
import { REPORT_ACTIONS } from './report-routes.ts'
import { REPORT_RUN_ACTIONS } from './report-run-routes.ts'
import { RESPONSE_ACTIONS } from './response-routes.ts'
import { REVIEW_ACTIONS } from './review-routes.ts'
import { RUNBOOK_ACTIONS } from './runbook-routes.ts'
import { STATEMENT_ACTIONS } from './statement-routes.ts'
import { TRAINING_ACTIONS } from './training-routes.ts'
import { TRANSPARENCY_ACTIONS } from './transparency-routes.ts'
import { WEIGHTS_ACTIONS } from './weights-routes.ts'

/**
 * Which action each route of the control plane's API is: the one table that its guard asks. The operator's token is a key to the machine: it
 * starts, reads and configures; decisions belong to people, by name. Each file of routes brings its own part.
 */
export const ROUTE_ACTIONS: RouteActions = new Map<string, RouteAction>([
  ['GET /api/v1/status', { action: 'status.read', operator: true }],
  ['GET /api/v1/openapi.json', { action: 'api.describe', operator: true }],
  ...STAFF_ROUTES,
  ...ACCOUNT_ACTIONS,
  ...APPEAL_ACTIONS,
  ...AUDIT_ACTIONS,
  ...EXEMPTION_ACTIONS,
  ...STATEMENT_ACTIONS,
  ...TRAINING_ACTIONS,
  ...CANARY_ACTIONS,
  ...CARD_ACTIONS,
  ...ENFORCEMENT_ACTIONS,
  ...EVENT_ACTIONS,
  ...KEY_DRILL_ACTIONS,
  ...LEDGER_ACTIONS,
  ...NONCOMPLIANCE_ACTIONS,
  ...NOTIFY_ACTIONS,
  ...OPERATIONS_ACTIONS,
  ...RELEASE_ACTIONS,
  ...REPORT_ACTIONS,
  ...REPORT_RUN_ACTIONS,
  ...RESPONSE_ACTIONS,
  ...REVIEW_ACTIONS,
  ...DECISION_ACTIONS,
  ...CONTENT_ACTIONS,
  ...CONTROL_ACTIONS,
  ...CONTROL_REPORT_ACTIONS,
  ...EVIDENCE_ACTIONS,
  ...RUNBOOK_ACTIONS,
  ...POLICY_ACTIONS,
  ...REGISTRY_ACTIONS,
  ...EVALUATION_ACTIONS,
  ...REFUSAL_ACTIONS,
  ...REFUSAL_ROW_ACTIONS,
  ...TRANSPARENCY_ACTIONS,
  ...WEIGHTS_ACTIONS,
  ...INSIDER_CASE_ACTIONS,
  ...INSIDER_ACTIONS,
])
