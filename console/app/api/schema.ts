// Written from docs/openapi.json by console/app/api/generate.ts: vitest run -u test/console/api-types.test.ts

export type ActionView = { action: string; roles: 'everyone' | ('administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer')[]; fresh: boolean }
export type ApiKey = { id: string; projectId: string; name: string; prefix: string; last4: string; testString: boolean; status: 'active' | 'expired' | 'revoked'; createdAt: string; expiresAt: string | null; revokedAt: string | null; lastUsedAt: string | null }
export type ApiKeyPage = { items: (ApiKey)[]; next: string | null }
export type ApprovalEvidence = { format: 'safelevel-approval-evidence/v1'; approval: string; statement: string; digest: string; requester: string; relyingParty: { id: string; origin: string }; signatures: ({ personId: string; decision: 'approve' | 'deny'; at: string; publicKeyPem: string; authenticatorData: string; clientDataJSON: string; signature: string })[] }
export type ApprovalGroup = { name: string; roles: (Role)[]; count: number }
export type ApprovalPage = { items: (ApprovalView)[]; next: string | null }
export type ApprovalRule = { kind: 'single'; requesters: (Role)[] } | { kind: 'quorum'; requesters: (Role)[]; groups: (ApprovalGroup)[]; excluded?: (string)[] | undefined }
export type ApprovalState = 'pending' | 'approved' | 'executing' | 'executed' | 'denied' | 'withdrawn' | 'expired' | 'failed'
export type ApprovalView = { id: string; action: string; statement: string; digest: string; requester: string; rule: ApprovalRule; requestedAt: string; expiresAt: string; bootstrap: boolean; state: ApprovalState; votes: ({ personId: string; decision: 'approve' | 'deny'; at: string; reason: string | null; role: 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | null; deputyFor: string | null; passkeyId: string | null })[]; approvers: (string)[]; approvedAt: string | null; effectMs: number | null; effectiveUntil: string | null; closedAt: string | null; closedBy: string | null; closedReason: string | null; attempts: number; retryAt: string | null; missing: ({ group: string; roles: (Role)[]; count: number })[] }
export type BootstrapView = { active: boolean; startedAt: string | null; endsAt: string | null; endedAt: string | null }
export type Canary = { id: string; surface: string; model: string; dialect: 'openai-chat' | 'openai-responses' | 'anthropic-messages'; side: 'prompt' | 'completion'; state: 'holds' | 'missed' | 'silent' | 'waiting'; lastSentAt: string | null; lastRefusedAt: string | null; detail: string; decision: string | null } | null
export type CanaryList = { items: (Canary)[] }
export type ContentEvidence = { label: string; score: number; source: string; start: number; end: number }
export type ContentKeyRotation = { key: string; rewrapped: number }
export type CreatedKey = { id: string; projectId: string; name: string; prefix: string; last4: string; testString: boolean; status: 'active' | 'expired' | 'revoked'; createdAt: string; expiresAt: string | null; revokedAt: string | null; lastUsedAt: string | null; key: string }
export type CreatedWebhook = { id: string; organisationId: string; url: string; createdAt: string; endedAt: string | null; endedWhy: string | null; secret: string }
export type DataSubject = { organisation: string; endUser: string; reason?: 'review' | 'quality_check' | 'appeal' | 'dispute' | 'incident' | 'data_subject_request' | 'legal_request' | undefined }
export type DecisionPage = { items: (RecordedDecision)[]; next: string | null }
export type DecisionSummary = { since: string; until: string; step: 'hour' | 'day'; totals: { [name: string]: number }; labels: { [name: string]: number }; points: ({ at: string; requests: number; refusals: number; cuts: number; unenforced: number; labels: { [name: string]: number } })[] }
export type DecisionView = { id: string; position: number; at: string; outcome: 'allow' | 'refuse' | 'cut' | 'reject' | 'error' | 'cancel'; enforced: boolean; route: string; dialect: string | null; model: string | null; surface: string | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; side: 'prompt' | 'completion' | null; label: string | null; clause: string | null; severity: string | null; policyVersion: string | null; policyDigest: string | null; testString: boolean; canary: boolean; code: string | null; durationMs: number | null; inputTokens: number | null; outputTokens: number | null; turns: number | null; prompt: RecordedSide; completion: RecordedSide; entry: string; proof: string; content: { decisionId: string; at: string; flagged: boolean; restricted: boolean; expiresAt: string } | null }
export type Delivery = { id: string; channel: string; position: number; kind: string; state: 'waiting' | 'delivered' | 'failed' | 'erased'; attempts: number; createdAt: string; nextAt: string | null; endedAt: string | null; lastError: string | null }
export type DeliveryPage = { items: (Delivery)[]; next: string | null }
export type DevelopmentLogin = { roles: (Role)[] }
export type EnrolmentFinish = { token: string; ceremony: string; attestation: WebAuthnAttestation; label?: string | undefined; bootstrapDays?: number | undefined }
export type EnrolmentStart = { token: string; person?: SetupInput | undefined }
export type ErasureReport = { erased: number; held: number }
export type EventValue = null | boolean | number | string | (EventValue | null)[] | { [name: string]: EventValue | null }
export type Hold = { scope: 'decision' | 'organisation' | 'project' | 'key' | 'end_user'; scopeId: string; matter: string; id: string; placedBy: string; placedAt: string; liftedBy: string | null; liftedAt: string | null }
export type HoldPage = { items: (Hold)[]; next: string | null }
export type IssuedLink = { url: string; expiresAt: string }
export type KeptExchange = { turns: ({ role: 'system' | 'user' | 'assistant' | 'tool'; parts: ({ kind: 'text' | 'reasoning' | 'refusal' | 'tool_call' | 'tool_result' | 'tool_definition' | 'other'; text: string; pointer: string } | { kind: 'media'; media: 'image' | 'audio' | 'video' | 'file'; pointer: string })[] })[]; completion: ({ track: string; kind: string; text: string; releasedChars: number })[]; evidence: { prompt: (ContentEvidence)[]; completion: (ContentEvidence)[] }; omittedChars: number; decisionId: string; at: string; organisation: string; project: string; key: string; endUser: string | null; flagged: boolean; restricted: boolean; expiresAt: string }
export type LedgerEntry = { position: number; recordedAt: string; leafHash: string; event: { id: string; time: string; kind: string; actor: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; subject: { type: string; id: string }; digests: { [name: string]: string }; policy?: { version: string; digest: string } | undefined; data: { [name: string]: EventValue } } | null }
export type LedgerPage = { items: (LedgerEntry)[]; size: number; next: number | null }
export type LedgerProof = { format: 'safelevel-disclosure/v1'; origin: string; position: number; event?: unknown | undefined; salt: string; inclusion: (string)[]; checkpoint: string }
export type LimitsPatch = { requestsPerMinute?: number | null | undefined; tokensPerMinute?: number | null | undefined }
export type LoginFinish = { ceremony: string; assertion: WebAuthnAssertion; device?: string | undefined }
export type Me = { person: PersonView; roles: (Role)[]; csrf: string; fresh: boolean; session: StaffSession; bootstrap: boolean; waiting: number }
export type NewApproval = { action: string; payload?: unknown | undefined; reason: string; expiresInMs?: number | undefined }
export type NewHold = { scope: 'decision' | 'organisation' | 'project' | 'key' | 'end_user'; scopeId: string; matter: string }
export type NewKey = { projectId?: string | undefined; name?: string | undefined; expiresAt?: string | null | undefined; testString?: boolean | undefined }
export type NewOrganisation = { name: string }
export type NewPerson = { displayName: string; email?: string | null | undefined }
export type NewPolicyDraft = { title: string; document?: string | undefined }
export type NewPolicyProposal = { revision: string; changelog: string; effectiveAt?: string | null | undefined }
export type NewProject = { organisationId: string; name: string; requestsPerMinute?: number | null | undefined; tokensPerMinute?: number | null | undefined }
export type NewRecovery = { grant: { personId: string; role: Role } | null; reason: string }
export type NewWebhook = { organisationId: string; url: string }
export type NotifyChannel = { id: string; kind: string; events: (string)[]; minSeverity: string; waiting: number; failed: number; lastError: string | null; lastSuccessAt: string | null }
export type NotifyChannelList = { items: (NotifyChannel)[] }
export type Organisation = { id: string; name: string; createdAt: string }
export type OrganisationPage = { items: (Organisation)[]; next: string | null }
export type PasskeyFinish = { ceremony: string; attestation: WebAuthnAttestation; label?: string | undefined }
export type PasskeyView = { id: string; label: string; deviceType: string; backedUp: boolean; createdAt: string; lastUsedAt: string | null }
export type PersonPage = { items: (PersonView)[]; next: string | null }
export type PersonView = { id: string; displayName: string; email: string | null; active: boolean; development: boolean; provisioned: boolean; groupRoles: (Role)[]; createdAt: string; deactivatedAt: string | null; linked: boolean; passkeys: number; assignments: (RoleAssignment)[] }
export type PolicyDiff = { from: string; to: string; changes: ({ change: 'added' | 'removed' | 'changed'; subject: string; title: string | null; field: string; before: string | null; after: string | null })[] }
export type PolicyDraft = { id: string; title: string; document: string; revision: string; base: string; isStale: boolean; state: 'open' | 'published' | 'discarded'; proposal: { changelog: string; effectiveAt: string | null; by: string; at: string } | null; createdAt: string; createdBy: string; updatedAt: string; updatedBy: string }
export type PolicyDraftEdit = { revision: string; title?: string | undefined; document?: string | undefined; base?: string | undefined }
export type PolicyDraftPage = { items: (PolicyDraft)[]; next: string | null }
export type PolicyLint = { ok: boolean; findings: (PolicyLintFinding)[] }
export type PolicyLintFinding = { level: 'error' | 'warning'; line: number; column: number; rule: string; path: string; message: string }
export type PolicyReplay = { id: string; draftId: string; revision: string; since: string; state: 'running' | 'done' | 'failed'; rows: number; report: ReplayReport; problem: string | null; startedAt: string; startedBy: string }
export type PolicyShadow = { draftId: string; revision: string; startedAt: string; startedBy: string; stoppedAt: string | null; counts: { judged: number; newlyRefused: number; newlyAllowed: number; otherClause: number; byLabel: { [name: string]: { newlyRefused: number; newlyAllowed: number; otherClause: number } } } }
export type PolicyStatus = { inForce: { version: string; digest: string; source: 'file' | 'published'; since: string | null }; rule: string; file: { version: string; digest: string; path: string; differs: boolean }; scheduled: ({ version: string; digest: string; effectiveAt: string })[]; shadow: { version: string; digest: string; draftId: string; since: string } | null; problem: string | null }
export type PolicyTestReport = { classifier: string; passed: number; failed: number; results: ({ clause: string; index: number; side: 'prompt' | 'completion'; expected: 'refuse' | 'flag' | 'allow'; got: 'refuse' | 'flag' | 'allow'; passed: boolean; refusedBy: string | null; label: string | null; scores: { [name: string]: number } })[] }
export type PolicyVersion = { number: number; version: string; digest: string; source: 'file' | 'published'; changelog: string; previous: string | null; draftId: string | null; approvalId: string | null; requestedBy: string | null; approvedBy: (string)[]; publishedAt: string; effectiveAt: string; state: 'scheduled' | 'in_force' | 'superseded' }
export type PolicyVersionWithText = { number: number; version: string; digest: string; source: 'file' | 'published'; changelog: string; previous: string | null; draftId: string | null; approvalId: string | null; requestedBy: string | null; approvedBy: (string)[]; publishedAt: string; effectiveAt: string; state: 'scheduled' | 'in_force' | 'superseded'; document: string }
export type Problem = { type: string; title: string; status: number; detail: string; code: string; requestId: string }
export type Project = { requestsPerMinute: number | null; tokensPerMinute: number | null; id: string; organisationId: string; name: string; createdAt: string }
export type ProjectContent = { zeroRetention: boolean }
export type ProjectPage = { items: (Project)[]; next: string | null }
export type RecordedDecision = { id: string; position: number; at: string; outcome: 'allow' | 'refuse' | 'cut' | 'reject' | 'error' | 'cancel'; enforced: boolean; route: string; dialect: string | null; model: string | null; surface: string | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; side: 'prompt' | 'completion' | null; label: string | null; clause: string | null; severity: string | null; policyVersion: string | null; policyDigest: string | null; testString: boolean; canary: boolean; code: string | null; durationMs: number | null; inputTokens: number | null; outputTokens: number | null; turns: number | null; prompt: RecordedSide; completion: RecordedSide }
export type RecordedSide = { action: 'allow' | 'refuse'; label: string | null; clause: string | null; score: number | null; threshold: number | null; severity: string | null; reason: string | null; flagged: ({ label: string; score: number; clause: string })[]; unevaluated: (string)[]; scores: { [name: string]: number }; classifiers: (string)[]; testString: boolean } | null
export type Recovery = { id: string; startedBy: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; startedAt: string; dueAt: string; reason: string; grant: { personId: string; role: Role } | null; state: 'waiting' | 'cancelled' | 'done'; closedAt: string | null; closedBy: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string } | null }
export type ReplayReport = { current: { version: string; digest: string }; draft: { version: string; digest: string }; decisions: number; judged: number; refusedNow: number; refusedThen: number; totals: { newlyRefused: number; newlyAllowed: number; otherClause: number; newlyFlagged: number; noLongerFlagged: number }; byCategory: ({ newlyRefused: number; newlyAllowed: number; otherClause: number; newlyFlagged: number; noLongerFlagged: number; label: string })[]; byCustomer: ({ newlyRefused: number; newlyAllowed: number; otherClause: number; newlyFlagged: number; noLongerFlagged: number; organisation: string; decisions: number })[]; samples: ({ decision: string; side: 'prompt' | 'completion'; change: 'newlyRefused' | 'newlyAllowed' | 'otherClause'; label: string | null; before: string | null; after: string | null })[]; unknown: { floor: number; belowFloor: (string)[]; decisionsBelowFloor: number; words: boolean; media: number } } | null
export type ReviewAgreement = { name: string; categories: (string)[]; table: ((number)[])[]; n: number; observed: number | null; expected: number | null; kappa: number | null; low: number | null; high: number | null }
export type ReviewAgreementReport = { since: string; queues: (ReviewAgreement)[]; labels: (ReviewAgreement)[] }
export type ReviewAllowanceInput = { items: number; weight: number; reason: string }
export type ReviewCase = { id: string; basis: 'refused' | 'cut' | 'flagged' | 'allowed' | 'pattern' | 'report'; queue: string; desk: 'ordinary' | 'lead' | 'restricted'; state: ReviewCaseState; severity: 'low' | 'moderate' | 'high' | 'extreme'; label: string | null; clause: string | null; side: 'prompt' | 'completion' | null; score: number | null; threshold: number | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; model: string | null; policyVersion: string | null; items: number; openedAt: string; lastAt: string; dueAt: string; overdue: boolean; claim: ReviewClaim; outcome: 'uphold' | 'overturn' | null; decidedAt: string | null; handoff: 'owed' | 'drafted' | 'sent' | null }
export type ReviewCaseDetail = { id: string; basis: 'refused' | 'cut' | 'flagged' | 'allowed' | 'pattern' | 'report'; queue: string; desk: 'ordinary' | 'lead' | 'restricted'; state: ReviewCaseState; severity: 'low' | 'moderate' | 'high' | 'extreme'; label: string | null; clause: string | null; side: 'prompt' | 'completion' | null; score: number | null; threshold: number | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; model: string | null; policyVersion: string | null; items: number; openedAt: string; lastAt: string; dueAt: string; overdue: boolean; claim: ReviewClaim; outcome: 'uphold' | 'overturn' | null; decidedAt: string | null; handoff: 'owed' | 'drafted' | 'sent' | null; decisions: (string)[]; readings: (ReviewReading)[] }
export type ReviewCasePage = { items: (ReviewCase)[]; next: string | null }
export type ReviewCaseState = 'waiting' | 'second_reading' | 'adjudication' | 'escalated' | 'decided'
export type ReviewClaim = { id: string; by: string; at: string; expiresAt: string; expired: boolean } | null
export type ReviewClaimRef = { claim: string }
export type ReviewExportInput = { since: string; until?: string | undefined; withText?: boolean | undefined; cursor?: string | undefined; limit?: number | undefined }
export type ReviewExposure = { day: string; items: number; weight: number; itemsAllowed: number; weightAllowed: number; warning: boolean; spent: boolean; sinceBreak: number; breakUntil: string | null; toAcknowledge: boolean }
export type ReviewHandoff = { case: string; form: ReviewHandoffForm; draftedBy: string; draftedAt: string; sentBy: string | null; sentAt: string | null; reportNumber: string | null }
export type ReviewHandoffForm = { incidentType: 'Child Pornography (possession, manufacture, and distribution)' | 'Child Sex Trafficking' | 'Child Sex Tourism' | 'Child Sexual Molestation' | 'Misleading Domain Name' | 'Misleading Words or Digital Images on the Internet' | 'Online Enticement of Children for Sexual Acts' | 'Unsolicited Obscene Material Sent to a Child'; incidentAt: string; highPriority?: string | null | undefined; service: string; generativeAi?: boolean | undefined; viewedByProvider: boolean; reportedPerson: { endUser: string | null; organisation: string | null; project: string | null; key: string | null; known?: string | undefined }; decisions: (string)[]; additionalInfo?: string | undefined; jurisdiction?: string | undefined }
export type ReviewHandoffSent = { reportNumber: string; sentAt: string }
export type ReviewLabelledCase = { text: string | null; role: 'prompt' | 'completion' | 'pair'; prompt: string | null; completion: string | null; harmful: 0 | 1 | null; category: string | null; kind: 'direct' | 'jailbreak' | 'injection' | 'benign' | 'borderline-benign' | null; source: 'safelevel-review'; license: 'internal'; split: 'review'; weak: boolean; case: string; decision: string | null; outcome: 'uphold' | 'overturn'; labels: { chemical?: 'present' | 'absent' | 'unsure' | undefined; biological?: 'present' | 'absent' | 'unsure' | undefined; radiological_nuclear?: 'present' | 'absent' | 'unsure' | undefined; indiscriminate_weapons?: 'present' | 'absent' | 'unsure' | undefined; cyber_operations?: 'present' | 'absent' | 'unsure' | undefined; autonomous_replication?: 'present' | 'absent' | 'unsure' | undefined; violent_crimes?: 'present' | 'absent' | 'unsure' | undefined; non_violent_crimes?: 'present' | 'absent' | 'unsure' | undefined; sex_crimes?: 'present' | 'absent' | 'unsure' | undefined; child_exploitation?: 'present' | 'absent' | 'unsure' | undefined; self_harm?: 'present' | 'absent' | 'unsure' | undefined; hate?: 'present' | 'absent' | 'unsure' | undefined; privacy?: 'present' | 'absent' | 'unsure' | undefined; defamation?: 'present' | 'absent' | 'unsure' | undefined; intellectual_property?: 'present' | 'absent' | 'unsure' | undefined; specialized_advice?: 'present' | 'absent' | 'unsure' | undefined; sexual_content?: 'present' | 'absent' | 'unsure' | undefined; general_harm?: 'present' | 'absent' | 'unsure' | undefined; jailbreak?: 'present' | 'absent' | 'unsure' | undefined; injection?: 'present' | 'absent' | 'unsure' | undefined; obfuscation?: 'present' | 'absent' | 'unsure' | undefined }; decidedAt: string }
export type ReviewLabelledPage = { items: (ReviewLabelledCase)[]; next: string | null }
export type ReviewQueue = { queue: string; desk: 'ordinary' | 'lead' | 'restricted'; open: number; waiting: number; secondReading: number; adjudication: number; escalated: number; overdue: number; oldestAt: string | null }
export type ReviewReading = { reader: string; stage: 'first' | 'second' | 'adjudication' | 'escalation'; verdict: 'uphold' | 'overturn' | 'escalate' | 'not_sure'; labels: { chemical?: 'present' | 'absent' | 'unsure' | undefined; biological?: 'present' | 'absent' | 'unsure' | undefined; radiological_nuclear?: 'present' | 'absent' | 'unsure' | undefined; indiscriminate_weapons?: 'present' | 'absent' | 'unsure' | undefined; cyber_operations?: 'present' | 'absent' | 'unsure' | undefined; autonomous_replication?: 'present' | 'absent' | 'unsure' | undefined; violent_crimes?: 'present' | 'absent' | 'unsure' | undefined; non_violent_crimes?: 'present' | 'absent' | 'unsure' | undefined; sex_crimes?: 'present' | 'absent' | 'unsure' | undefined; child_exploitation?: 'present' | 'absent' | 'unsure' | undefined; self_harm?: 'present' | 'absent' | 'unsure' | undefined; hate?: 'present' | 'absent' | 'unsure' | undefined; privacy?: 'present' | 'absent' | 'unsure' | undefined; defamation?: 'present' | 'absent' | 'unsure' | undefined; intellectual_property?: 'present' | 'absent' | 'unsure' | undefined; specialized_advice?: 'present' | 'absent' | 'unsure' | undefined; sexual_content?: 'present' | 'absent' | 'unsure' | undefined; general_harm?: 'present' | 'absent' | 'unsure' | undefined; jailbreak?: 'present' | 'absent' | 'unsure' | undefined; injection?: 'present' | 'absent' | 'unsure' | undefined; obfuscation?: 'present' | 'absent' | 'unsure' | undefined }; note: string; proposal: { effect: 'strike' | 'restrict'; severity: 'low' | 'moderate' | 'high' | 'extreme' } | null; claimedAt: string; decidedAt: string }
export type ReviewReadingInput = { claim: string; verdict: 'uphold' | 'overturn' | 'escalate' | 'not_sure'; labels?: { chemical?: 'present' | 'absent' | 'unsure' | undefined; biological?: 'present' | 'absent' | 'unsure' | undefined; radiological_nuclear?: 'present' | 'absent' | 'unsure' | undefined; indiscriminate_weapons?: 'present' | 'absent' | 'unsure' | undefined; cyber_operations?: 'present' | 'absent' | 'unsure' | undefined; autonomous_replication?: 'present' | 'absent' | 'unsure' | undefined; violent_crimes?: 'present' | 'absent' | 'unsure' | undefined; non_violent_crimes?: 'present' | 'absent' | 'unsure' | undefined; sex_crimes?: 'present' | 'absent' | 'unsure' | undefined; child_exploitation?: 'present' | 'absent' | 'unsure' | undefined; self_harm?: 'present' | 'absent' | 'unsure' | undefined; hate?: 'present' | 'absent' | 'unsure' | undefined; privacy?: 'present' | 'absent' | 'unsure' | undefined; defamation?: 'present' | 'absent' | 'unsure' | undefined; intellectual_property?: 'present' | 'absent' | 'unsure' | undefined; specialized_advice?: 'present' | 'absent' | 'unsure' | undefined; sexual_content?: 'present' | 'absent' | 'unsure' | undefined; general_harm?: 'present' | 'absent' | 'unsure' | undefined; jailbreak?: 'present' | 'absent' | 'unsure' | undefined; injection?: 'present' | 'absent' | 'unsure' | undefined; obfuscation?: 'present' | 'absent' | 'unsure' | undefined } | undefined; note?: string | undefined; proposal?: { effect: 'strike' | 'restrict'; severity: 'low' | 'moderate' | 'high' | 'extreme' } | undefined }
export type ReviewRevealInput = { claim: string; decision: string; part: 'prompt' | 'completion' }
export type ReviewRevealed = { decision: string; part: 'prompt' | 'completion'; turns: ({ role: 'system' | 'user' | 'assistant' | 'tool'; parts: ({ kind: 'text' | 'reasoning' | 'refusal' | 'tool_call' | 'tool_result' | 'tool_definition' | 'other'; text: string; pointer: string } | { kind: 'media'; media: 'image' | 'audio' | 'video' | 'file'; pointer: string })[] })[]; completion: ({ track: string; kind: string; text: string; releasedChars: number })[]; evidence: (ContentEvidence)[]; omittedChars: number; exposure: ReviewExposure }
export type Role = 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer'
export type RoleAssignment = { id: string; personId: string; role: Role; source: 'setup' | 'approval' | 'group' | 'recovery' | 'development'; grantedAt: string; expiresAt: string | null; trainingDueAt: string; reviewDueAt: string; deputyFor: string | null; approvalId: string | null; endedAt: string | null; endedReason: string | null; state: 'active' | 'expired' | 'training_due' | 'review_due' | 'ended' | 'person_inactive' }
export type SetupInput = { displayName: string; email?: string | null | undefined } | null
export type SignedApproval = { assertion: WebAuthnAssertion }
export type StaffSession = { id: string; device: string; method: 'passkey' | 'oidc' | 'development'; createdAt: string; lastSeenAt: string; current: boolean }
export type Status = { name: string; version: string; startedAt: string; uptimeSeconds: number; profile: string | null; health: { ready: boolean; reasons: (string)[] }; gatewayUrl: string; store: 'embedded' | 'postgres'; models: ({ name: string; upstream: string; surface: string; sandbox: boolean; enforced: boolean })[]; policy: { version: string; digest: string }; classifier: string; ledger: { origin: string; size: number; provenSize: number; witnessed: boolean; health: 'ok' | 'degraded' | 'sealed' | 'closed'; reason: string | null }; canaries: { holding: number; total: number; worst: Canary }; decisions: { [name: string]: number } }
export type Training = { completedAt: string }
export type WaysIn = { passkey: true; oidc: boolean; development: boolean }
export type WebAuthnAssertion = { id: string; rawId: string; type: 'public-key'; response: { clientDataJSON: string; authenticatorData: string; signature: string } }
export type WebAuthnAttestation = { id: string; rawId: string; type: 'public-key'; response: { clientDataJSON: string; attestationObject: string; transports?: (string)[] | undefined } }
export type WebAuthnCeremony = { ceremony: string; options: { [name: string]: unknown } }
export type WebAuthnOptions = { [name: string]: unknown }
export type Webhook = { id: string; organisationId: string; url: string; createdAt: string; endedAt: string | null; endedWhy: string | null }
export type WebhookList = { items: (Webhook)[] }
export type WithReason = { reason: string }

export interface Routes {
  'GET /api/v1/approvals': {
    query: { state?: ApprovalState | undefined; before?: string | undefined; limit?: number | undefined }
    response: ApprovalPage
  }
  'POST /api/v1/approvals': {
    body: NewApproval
    response: ApprovalView
  }
  'GET /api/v1/approvals/inbox': {
    response: { items: (ApprovalView)[] }
  }
  'GET /api/v1/approvals/{id}': {
    params: { id: string }
    response: ApprovalView
  }
  'POST /api/v1/approvals/{id}/approve': {
    params: { id: string }
    body: SignedApproval
    response: ApprovalView
  }
  'POST /api/v1/approvals/{id}/deny': {
    params: { id: string }
    body: WithReason
    response: ApprovalView
  }
  'GET /api/v1/approvals/{id}/evidence': {
    params: { id: string }
    response: ApprovalEvidence
  }
  'POST /api/v1/approvals/{id}/options': {
    params: { id: string }
    response: WebAuthnOptions
  }
  'POST /api/v1/approvals/{id}/withdraw': {
    params: { id: string }
    body: WithReason
    response: ApprovalView
  }
  'GET /api/v1/canaries': {
    response: CanaryList
  }
  'POST /api/v1/canaries': {
    response: CanaryList
  }
  'POST /api/v1/content/erasures': {
    body: DataSubject
    response: ErasureReport
  }
  'POST /api/v1/content/exports': {
    body: DataSubject
    response: undefined
  }
  'GET /api/v1/content/holds': {
    query: { after?: string | undefined; limit?: number | undefined; lifted?: 'true' | 'false' | undefined }
    response: HoldPage
  }
  'POST /api/v1/content/holds': {
    body: NewHold
    response: Hold
  }
  'DELETE /api/v1/content/holds/{id}': {
    params: { id: string }
    response: Hold
  }
  'POST /api/v1/content/keys': {
    response: ContentKeyRotation
  }
  'GET /api/v1/content/projects/{id}': {
    params: { id: string }
    response: ProjectContent
  }
  'PUT /api/v1/content/projects/{id}': {
    params: { id: string }
    body: ProjectContent
    response: undefined
  }
  'GET /api/v1/decisions': {
    query: { outcome?: 'allow' | 'refuse' | 'cut' | 'reject' | 'error' | 'cancel' | undefined; label?: string | undefined; clause?: string | undefined; organisation?: string | undefined; project?: string | undefined; key?: string | undefined; endUser?: string | undefined; model?: string | undefined; surface?: string | undefined; policyVersion?: string | undefined; enforced?: string | undefined; since?: string | undefined; until?: string | undefined; idPrefix?: string | undefined; after?: string | undefined; limit?: number | undefined }
    response: DecisionPage
  }
  'GET /api/v1/decisions/live': {
    query: { outcome?: 'allow' | 'refuse' | 'cut' | 'reject' | 'error' | 'cancel' | undefined; label?: string | undefined; clause?: string | undefined; organisation?: string | undefined; project?: string | undefined; key?: string | undefined; endUser?: string | undefined; model?: string | undefined; surface?: string | undefined; policyVersion?: string | undefined; enforced?: string | undefined }
    response: string
  }
  'GET /api/v1/decisions/summary': {
    query: { since: string; until: string; step?: 'hour' | 'day' | undefined }
    response: DecisionSummary
  }
  'GET /api/v1/decisions/{id}': {
    params: { id: string }
    response: DecisionView
  }
  'POST /api/v1/decisions/{id}/content': {
    params: { id: string }
    body: { reason: 'review' | 'quality_check' | 'appeal' | 'dispute' | 'incident' | 'data_subject_request' | 'legal_request' }
    response: KeptExchange
  }
  'GET /api/v1/keys': {
    query: { after?: string | undefined; limit?: number | undefined; projectId?: string | undefined }
    response: ApiKeyPage
  }
  'POST /api/v1/keys': {
    body: NewKey
    response: CreatedKey
  }
  'DELETE /api/v1/keys/{id}': {
    params: { id: string }
    response: ApiKey
  }
  'GET /api/v1/ledger/checkpoint': {
    response: string
  }
  'GET /api/v1/ledger/entries': {
    query: { from?: number | null | undefined; limit?: number | undefined }
    response: LedgerPage
  }
  'GET /api/v1/ledger/entries/{position}': {
    params: { position: string }
    response: LedgerEntry
  }
  'GET /api/v1/ledger/proof/{position}': {
    params: { position: string }
    response: LedgerProof
  }
  'GET /api/v1/notify/channels': {
    response: NotifyChannelList
  }
  'GET /api/v1/notify/deliveries': {
    query: { after?: string | undefined; limit?: number | undefined; channel?: string | undefined; state?: 'waiting' | 'delivered' | 'failed' | 'erased' | undefined }
    response: DeliveryPage
  }
  'POST /api/v1/notify/deliveries/{id}/retry': {
    params: { id: string }
    response: undefined
  }
  'GET /api/v1/notify/webhooks': {
    query: { organisationId?: string | undefined }
    response: WebhookList
  }
  'POST /api/v1/notify/webhooks': {
    body: NewWebhook
    response: CreatedWebhook
  }
  'DELETE /api/v1/notify/webhooks/{id}': {
    params: { id: string }
    response: undefined
  }
  'GET /api/v1/organisations': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: OrganisationPage
  }
  'POST /api/v1/organisations': {
    body: NewOrganisation
    response: Organisation
  }
  'GET /api/v1/policy': {
    response: PolicyStatus
  }
  'GET /api/v1/policy/diff': {
    query: { from?: string | undefined; to: string }
    response: PolicyDiff
  }
  'GET /api/v1/policy/drafts': {
    query: { after?: string | undefined; limit?: number | undefined; state?: 'open' | 'published' | 'discarded' | undefined }
    response: PolicyDraftPage
  }
  'POST /api/v1/policy/drafts': {
    body: NewPolicyDraft
    response: PolicyDraft
  }
  'GET /api/v1/policy/drafts/{id}': {
    params: { id: string }
    response: PolicyDraft
  }
  'PATCH /api/v1/policy/drafts/{id}': {
    params: { id: string }
    body: PolicyDraftEdit
    response: PolicyDraft
  }
  'DELETE /api/v1/policy/drafts/{id}': {
    params: { id: string }
    response: PolicyDraft
  }
  'GET /api/v1/policy/drafts/{id}/lint': {
    params: { id: string }
    response: PolicyLint
  }
  'POST /api/v1/policy/drafts/{id}/propose': {
    params: { id: string }
    body: NewPolicyProposal
    response: PolicyDraft
  }
  'POST /api/v1/policy/drafts/{id}/publish': {
    params: { id: string }
    body: NewPolicyProposal
    response: ApprovalView
  }
  'POST /api/v1/policy/drafts/{id}/replay': {
    params: { id: string }
    body: { since: string }
    response: PolicyReplay
  }
  'GET /api/v1/policy/drafts/{id}/shadow': {
    params: { id: string }
    response: PolicyShadow
  }
  'POST /api/v1/policy/drafts/{id}/shadow': {
    params: { id: string }
    response: PolicyShadow
  }
  'DELETE /api/v1/policy/drafts/{id}/shadow': {
    params: { id: string }
    response: PolicyShadow
  }
  'POST /api/v1/policy/drafts/{id}/test': {
    params: { id: string }
    response: PolicyTestReport
  }
  'POST /api/v1/policy/lint': {
    body: { document: string }
    response: PolicyLint
  }
  'GET /api/v1/policy/replays/{id}': {
    params: { id: string }
    response: PolicyReplay
  }
  'GET /api/v1/policy/versions': {
    response: { items: (PolicyVersion)[] }
  }
  'GET /api/v1/policy/versions/{version}': {
    params: { version: string }
    response: PolicyVersionWithText
  }
  'GET /api/v1/projects': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: ProjectPage
  }
  'POST /api/v1/projects': {
    body: NewProject
    response: Project
  }
  'PATCH /api/v1/projects/{id}': {
    params: { id: string }
    body: LimitsPatch
    response: Project
  }
  'GET /api/v1/review/agreement': {
    query: { since: string }
    response: ReviewAgreementReport
  }
  'POST /api/v1/review/breaks': {
    response: { released: number }
  }
  'GET /api/v1/review/cases': {
    query: { queue?: string | undefined; state?: 'waiting' | 'second_reading' | 'adjudication' | 'escalated' | 'decided' | 'open' | undefined; severity?: 'low' | 'moderate' | 'high' | 'extreme' | undefined; organisation?: string | undefined; claimedBy?: string | undefined; cursor?: string | undefined; limit?: number | undefined }
    response: ReviewCasePage
  }
  'GET /api/v1/review/cases/{id}': {
    params: { id: string }
    response: ReviewCaseDetail
  }
  'POST /api/v1/review/cases/{id}/decision': {
    params: { id: string }
    body: ReviewReadingInput
    response: ReviewCase
  }
  'GET /api/v1/review/cases/{id}/handoff': {
    params: { id: string }
    response: ReviewHandoff
  }
  'POST /api/v1/review/cases/{id}/handoff': {
    params: { id: string }
    body: ReviewHandoffForm
    response: ReviewHandoff
  }
  'POST /api/v1/review/cases/{id}/handoff/sent': {
    params: { id: string }
    body: ReviewHandoffSent
    response: ReviewHandoff
  }
  'POST /api/v1/review/cases/{id}/heartbeat': {
    params: { id: string }
    body: ReviewClaimRef
    response: ReviewClaim
  }
  'POST /api/v1/review/cases/{id}/release': {
    params: { id: string }
    body: ReviewClaimRef
    response: undefined
  }
  'POST /api/v1/review/cases/{id}/restricted-reveal': {
    params: { id: string }
    body: ReviewRevealInput
    response: ReviewRevealed
  }
  'POST /api/v1/review/cases/{id}/reveal': {
    params: { id: string }
    body: ReviewRevealInput
    response: ReviewRevealed
  }
  'POST /api/v1/review/claims': {
    body: { queue?: string | null | undefined }
    response: { case: (ReviewCase) & ({ [name: string]: unknown } | null) }
  }
  'POST /api/v1/review/exports': {
    body: ReviewExportInput
    response: ReviewLabelledPage
  }
  'GET /api/v1/review/exposure': {
    response: ReviewExposure
  }
  'POST /api/v1/review/exposure/acknowledge': {
    response: ReviewExposure
  }
  'GET /api/v1/review/handoffs': {
    response: { items: (ReviewCase)[] }
  }
  'POST /api/v1/review/people/{id}/allowance': {
    params: { id: string }
    body: ReviewAllowanceInput
    response: ReviewExposure
  }
  'GET /api/v1/review/people/{id}/exposure': {
    params: { id: string }
    response: ReviewExposure
  }
  'GET /api/v1/review/queues': {
    response: { items: (ReviewQueue)[] }
  }
  'GET /api/v1/staff/actions': {
    response: { items: (ActionView)[] }
  }
  'DELETE /api/v1/staff/assignments/{id}': {
    params: { id: string }
    body: WithReason
    response: undefined
  }
  'POST /api/v1/staff/assignments/{id}/review': {
    params: { id: string }
    response: undefined
  }
  'GET /api/v1/staff/bootstrap': {
    response: BootstrapView
  }
  'DELETE /api/v1/staff/bootstrap': {
    response: undefined
  }
  'POST /api/v1/staff/enrolment': {
    body: EnrolmentFinish
    response: undefined
  }
  'POST /api/v1/staff/enrolment/options': {
    body: EnrolmentStart
    response: WebAuthnCeremony
  }
  'POST /api/v1/staff/login': {
    body: LoginFinish
    response: undefined
  }
  'POST /api/v1/staff/login/development': {
    body: DevelopmentLogin
    response: undefined
  }
  'POST /api/v1/staff/login/options': {
    response: WebAuthnCeremony
  }
  'POST /api/v1/staff/oidc/link': {
    response: { url: string }
  }
  'GET /api/v1/staff/passkeys': {
    response: { items: (PasskeyView)[] }
  }
  'POST /api/v1/staff/passkeys': {
    body: PasskeyFinish
    response: PasskeyView
  }
  'POST /api/v1/staff/passkeys/options': {
    response: WebAuthnCeremony
  }
  'DELETE /api/v1/staff/passkeys/{id}': {
    params: { id: string }
    response: undefined
  }
  'GET /api/v1/staff/people': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: PersonPage
  }
  'POST /api/v1/staff/people': {
    body: NewPerson
    response: PersonView
  }
  'GET /api/v1/staff/people/{id}': {
    params: { id: string }
    response: PersonView
  }
  'POST /api/v1/staff/people/{id}/deactivate': {
    params: { id: string }
    response: PersonView
  }
  'POST /api/v1/staff/people/{id}/link': {
    params: { id: string }
    response: IssuedLink
  }
  'DELETE /api/v1/staff/people/{id}/sessions': {
    params: { id: string }
    response: undefined
  }
  'POST /api/v1/staff/people/{id}/training': {
    params: { id: string }
    body: Training
    response: PersonView
  }
  'GET /api/v1/staff/recoveries': {
    response: { items: (Recovery)[] }
  }
  'POST /api/v1/staff/recoveries': {
    body: NewRecovery
    response: Recovery
  }
  'DELETE /api/v1/staff/recoveries/{id}': {
    params: { id: string }
    response: Recovery
  }
  'POST /api/v1/staff/recoveries/{id}/claim': {
    params: { id: string }
    response: IssuedLink
  }
  'GET /api/v1/staff/session': {
    response: Me
  }
  'DELETE /api/v1/staff/session': {
    response: undefined
  }
  'POST /api/v1/staff/session/touch': {
    body: LoginFinish
    response: undefined
  }
  'POST /api/v1/staff/session/touch/options': {
    response: WebAuthnCeremony
  }
  'GET /api/v1/staff/sessions': {
    response: { items: (StaffSession)[] }
  }
  'DELETE /api/v1/staff/sessions/{id}': {
    params: { id: string }
    response: undefined
  }
  'GET /api/v1/staff/ways-in': {
    response: WaysIn
  }
  'GET /api/v1/status': {
    response: Status
  }
}
