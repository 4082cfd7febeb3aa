/** A place in the sidebar. */
export interface Place {
  readonly label: string
  readonly href: string
  /** Who may not do this doesn't see the place; null = everybody who is signed in. */
  readonly action: string | null
  readonly group: 'work' | 'house'
  /** Other words by which ⌘K finds it. */
  readonly words?: string
  /** A number beside it: from the session, or what waits in the queues. */
  readonly badge?: 'approvals' | 'queue'
}

/** In the order of the sidebar: first what is worked on, then what keeps the house. */
export const PLACES: readonly Place[] = [
  { label: 'Now', href: '/', action: null, group: 'work', words: 'overview home status' },
  {
    label: 'Decisions',
    href: '/decisions',
    action: 'decisions.read',
    group: 'work',
    words: 'live traffic requests refused blocked',
  },
  {
    label: 'Queue',
    href: '/queue',
    action: 'review.read',
    group: 'work',
    badge: 'queue',
    words: 'review cases claim labels agreement kappa',
  },
  {
    label: 'Approvals',
    href: '/approvals',
    action: 'approvals.read',
    group: 'work',
    badge: 'approvals',
    words: 'inbox requests',
  },
  {
    label: 'Accounts',
    href: '/accounts',
    action: 'accounts.read',
    group: 'work',
    words: 'customers organisations projects keys end users strikes ladder restrict suspend',
  },
  { label: 'Appeals', href: '/appeals', action: 'appeals.read', group: 'work', words: 'disputes contest objections' },
  { label: 'Exemptions', href: '/exemptions', action: 'exemptions.read', group: 'work', words: 'clauses exempt' },
  {
    label: 'Reports',
    href: '/reports',
    action: 'reports.read',
    group: 'work',
    words: 'vulnerabilities bypass triage severity reproduction regression cases disclosure advisory bounty',
  },
  {
    label: 'Policy',
    href: '/policy',
    action: 'policy.read',
    group: 'work',
    words: 'rules clauses versions drafts replay shadow aup',
  },
  {
    label: 'Scaling',
    href: '/scaling',
    action: 'evaluations.read',
    group: 'work',
    words: 'models evaluations due assessments verdicts compute checkpoints timeline rsp training gate',
  },
  {
    label: 'Incidents',
    href: '/incidents',
    action: 'models.read',
    group: 'work',
    words: 'halt 2d pause lock 2c emergency response cases drill clocks machines',
  },
  {
    label: 'Runbooks',
    href: '/runbooks',
    action: 'runbooks.read',
    group: 'work',
    words: 'playbooks procedures incident response steps exercise drill jailbreak theft outage',
  },
  {
    label: 'Releases',
    href: '/releases',
    action: 'models.read',
    group: 'work',
    words: 'deployments gate preconditions exceptions grandfathered open',
  },
  {
    label: 'Cards',
    href: '/cards',
    action: 'models.read',
    group: 'work',
    words: 'model cards claims evidence lint publish export hugging face cyclonedx sb 53 eu',
  },
  {
    label: 'Refusal',
    href: '/refusal',
    action: 'refusal.read',
    group: 'work',
    words: 'constitution datasets red team attack success over-refusal evaluation comparison critique revision dpo',
  },
  {
    label: 'Weights',
    href: '/weights',
    action: 'weights.read',
    group: 'work',
    words: 'vault models grants access lock devices copies budgets canaries break glass recertification exfiltrate',
  },
  {
    label: 'Insider',
    href: '/insider',
    action: 'insider.watch',
    group: 'work',
    words: 'threat risk board cases alerts behaviour rules sigma mitre tuning drill containment budget',
  },
  {
    label: 'Noncompliance',
    href: '/noncompliance',
    action: 'noncompliance.read',
    group: 'work',
    words: 'concerns speak up whistleblower corrective action board digest',
  },
  {
    label: 'Controls',
    href: '/controls',
    action: 'controls.read',
    group: 'work',
    words: 'commitments rsp asl-2 profile status evidence attest exception calendar deadlines clocks drift catalogue',
  },
  {
    label: 'Audit',
    href: '/audit',
    action: 'audit.read',
    group: 'work',
    words: 'auditor sample sampling evidence requests pbc soc 2 trust services criteria iso 42001 regimes findings',
  },
  {
    label: 'Public record',
    href: '/public-record',
    action: 'transparency.read',
    group: 'house',
    words: 'transparency report numbers quarter feed correction publish',
  },
  {
    label: 'Coverage',
    href: '/coverage',
    action: 'status.read',
    group: 'house',
    words: 'canaries surfaces screening',
  },
  {
    label: 'Notices',
    href: '/notices',
    action: 'notify.read',
    group: 'house',
    words: 'notifications channels deliveries webhooks mail slack',
  },
  {
    label: 'What is watched',
    href: '/watched',
    action: null,
    group: 'house',
    words: 'insider privacy staff monitoring statement my work',
  },
  { label: 'People', href: '/people', action: 'people.read', group: 'house', words: 'staff roles team invite' },
  {
    label: 'Training',
    href: '/training',
    action: null,
    group: 'house',
    words: 'courses lessons questions completion due learn',
  },
  { label: 'Ledger', href: '/ledger', action: 'ledger.read', group: 'house', words: 'log entries proof checkpoint' },
]

/** What an identifier begins with -> where its object has its page. */
const OBJECTS: readonly (readonly [prefix: string, label: string, path: string])[] = [
  ['per_', 'Person', '/people/'],
  ['apr_', 'Approval', '/approvals/'],
  ['dec_', 'Decision', '/decisions/'],
  ['case_', 'Case', '/queue/cases/'],
  ['org_', 'Organisation', '/accounts/organisation/'],
  ['prj_', 'Project', '/accounts/project/'],
  ['key_', 'Key', '/accounts/key/'],
  ['eu_', 'End user', '/accounts/end_user/'],
  ['act_', 'Action', '/accounts/actions/'],
  ['apl_', 'Appeal', '/appeals/'],
  ['exm_', 'Exemption', '/exemptions/'],
  ['pdr_', 'Draft', '/policy/drafts/'],
  ['asm_', 'Assessment', '/scaling/assessments/'],
  ['inc_', 'Incident', '/incidents/'],
  ['rep_', 'Report', '/reports/'],
  ['rgc_', 'Regression case', '/reports/cases/'],
  ['grt_', 'Grant', '/weights/grants/'],
  ['wdr_', 'Draft for access', '/weights/drafts/'],
  ['dev_', 'Device', '/weights/devices/'],
  ['ncr_', 'Noncompliance report', '/noncompliance/'],
  ['icase_', 'Insider case', '/insider/cases/'],
  ['rbr_', 'Run of a runbook', '/runbooks/runs/'],
  ['rds_', 'Dataset', '/refusal/datasets/'],
  ['rev_', 'Evaluation of refusals', '/refusal/evaluations/'],
  ['rrt_', 'Red-team run', '/refusal/red-team/'],
  ['aus_', 'Sample', '/audit/samples/'],
  ['aer_', 'Request for evidence', '/audit/requests/'],
  ['crp_', 'Report on commitments', '/controls/reports/'],
  ['rcm_', 'Comparison', '/refusal/comparisons/'],
]

/** Where something that was typed or pasted leads; empty when it is no identifier. */
export function objectsNamed(text: string): { label: string; group: string; href: string }[] {
  const known = OBJECTS.filter(([prefix]) => text.startsWith(prefix) && /^[a-z]+_[A-Za-z0-9-]+$/.test(text))
  const found = known.map(([, label, path]) => ({ label: `${label} ${text}`, group: 'Open', href: `${path}${text}` }))
  const position = /^#?(\d{1,15})$/.exec(text)?.[1]
  if (position === undefined) return found
  return [...found, { label: `Ledger entry ${position}`, group: 'Open', href: `/ledger/${position}` }]
}
