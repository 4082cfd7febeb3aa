/** How loud, lowest first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Whatever isn't listed is `info`. The longest pattern that fits counts. */
const TABLE: Readonly<Record<string, Severity>> = {
  'canary.missed': 'critical',
  'canary.silent': 'high',
  'canary.recovered': 'medium',
  'approvals.requested': 'low',
  'approvals.tampered': 'critical',
  'approvals.execution_failed': 'medium',
  'control.attested': 'low',
  'control.drifted': 'high',
  'control.excepted': 'medium',
  'enforcement.action_taken': 'medium',
  'enforcement.pattern_found': 'medium',
  'intake.case_failed': 'high',
  'intake.report_message': 'low',
  'intake.report_overdue': 'high',
  'intake.report_received': 'medium',
  'policy.published': 'medium',
  'redress.appeal_filed': 'low',
  'redress.appeal_overdue': 'high',
  'redress.exemption_granted': 'medium',
  'review.cases_overdue': 'high',
  'review.overdue': 'high',
  'review.handoff_owed': 'critical',
  'review.case_escalated': 'high',
  'response.incident_opened': 'critical',
  'response.deployment_step': 'high',
  'response.training_step': 'high',
  'response.order_acknowledged': 'low',
  'response.drill_filed': 'low',
  'training.checkpoint_without_receipt': 'critical',
  'training.alarm_settled': 'medium',
  'models.profile_switched': 'high',
  'transparency.report_published': 'medium',
  'weights.canary_touched': 'high',
  'weights.glass_broken': 'critical',
  'weights.glass_refused': 'high',
  'weights.glass_review_overdue': 'high',
  'weights.glass_agreed': 'medium',
  'weights.locked': 'high',
  'weights.lock_lifted': 'high',
  'weights.copy_overdue': 'high',
  'weights.copy_recalled': 'medium',
  'weights.copy_registered': 'low',
  'weights.grant_given': 'low',
  'weights.grant_orphaned': 'medium',
  'weights.device_approved': 'low',
  'weights.campaign_started': 'medium',
  'weights.campaign_closed': 'medium',
  'weights.overlay_switched': 'high',
  'weights.custody_stated': 'medium',
  'insider.alert_raised': 'high',
  'insider.breaker_tripped': 'critical',
  'insider.contained': 'high',
  'insider.containment_failed': 'critical',
  'insider.containment_wanted': 'high',
  'insider.released': 'medium',
  'insider.case_opened': 'high',
  'insider.case_closed': 'medium',
  'insider.drill_ended': 'medium',
  'insider.drill_started': 'medium',
  'staff.recovery_started': 'critical',
  'staff.passkeys_reset': 'high',
  'staff.development_person_made': 'high',
  'staff.bootstrap_started': 'medium',
  'staff.training_overdue': 'medium',
  'staff.role_granted': 'low',
  'staff.person_deactivated': 'low',
}

/** How loud an event of this kind is. */
export function severityOf(kind: string): Severity {
  return TABLE[kind] ?? 'info'
}

export function atLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)
}
