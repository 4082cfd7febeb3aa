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
export type CreatedKey = { id: string; projectId: string; name: string; prefix: string; last4: string; testString: boolean; status: 'active' | 'expired' | 'revoked'; createdAt: string; expiresAt: string | null; revokedAt: string | null; lastUsedAt: string | null; key: string }
export type DevelopmentLogin = { roles: (Role)[] }
export type EnrolmentFinish = { token: string; ceremony: string; attestation: WebAuthnAttestation; label?: string | undefined; bootstrapDays?: number | undefined }
export type EnrolmentStart = { token: string; person?: SetupInput | undefined }
export type EventValue = null | boolean | number | string | (EventValue | null)[] | { [name: string]: EventValue | null }
export type IssuedLink = { url: string; expiresAt: string }
export type LedgerEntry = { position: number; recordedAt: string; leafHash: string; event: { id: string; time: string; kind: string; actor: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; subject: { type: string; id: string }; digests: { [name: string]: string }; policy?: { version: string; digest: string } | undefined; data: { [name: string]: EventValue } } | null }
export type LedgerPage = { items: (LedgerEntry)[]; size: number; next: number | null }
export type LedgerProof = { format: 'safelevel-disclosure/v1'; origin: string; position: number; event?: unknown | undefined; salt: string; inclusion: (string)[]; checkpoint: string }
export type LimitsPatch = { requestsPerMinute?: number | null | undefined; tokensPerMinute?: number | null | undefined }
export type LoginFinish = { ceremony: string; assertion: WebAuthnAssertion; device?: string | undefined }
export type Me = { person: PersonView; roles: (Role)[]; csrf: string; fresh: boolean; session: StaffSession; bootstrap: boolean; waiting: number }
export type NewApproval = { action: string; payload?: unknown | undefined; reason: string; expiresInMs?: number | undefined }
export type NewKey = { projectId?: string | undefined; name?: string | undefined; expiresAt?: string | null | undefined; testString?: boolean | undefined }
export type NewOrganisation = { name: string }
export type NewPerson = { displayName: string; email?: string | null | undefined }
export type NewProject = { organisationId: string; name: string; requestsPerMinute?: number | null | undefined; tokensPerMinute?: number | null | undefined }
export type NewRecovery = { grant: { personId: string; role: Role } | null; reason: string }
export type Organisation = { id: string; name: string; createdAt: string }
export type OrganisationPage = { items: (Organisation)[]; next: string | null }
export type PasskeyFinish = { ceremony: string; attestation: WebAuthnAttestation; label?: string | undefined }
export type PasskeyView = { id: string; label: string; deviceType: string; backedUp: boolean; createdAt: string; lastUsedAt: string | null }
export type PersonPage = { items: (PersonView)[]; next: string | null }
export type PersonView = { id: string; displayName: string; email: string | null; active: boolean; development: boolean; provisioned: boolean; groupRoles: (Role)[]; createdAt: string; deactivatedAt: string | null; linked: boolean; passkeys: number; assignments: (RoleAssignment)[] }
export type Problem = { type: string; title: string; status: number; detail: string; code: string; requestId: string }
export type Project = { requestsPerMinute: number | null; tokensPerMinute: number | null; id: string; organisationId: string; name: string; createdAt: string }
export type ProjectPage = { items: (Project)[]; next: string | null }
export type Recovery = { id: string; startedBy: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; startedAt: string; dueAt: string; reason: string; grant: { personId: string; role: Role } | null; state: 'waiting' | 'cancelled' | 'done'; closedAt: string | null; closedBy: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string } | null }
export type Role = 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer'
export type RoleAssignment = { id: string; personId: string; role: Role; source: 'setup' | 'approval' | 'group' | 'recovery' | 'development'; grantedAt: string; expiresAt: string | null; trainingDueAt: string; reviewDueAt: string; deputyFor: string | null; approvalId: string | null; endedAt: string | null; endedReason: string | null; state: 'active' | 'expired' | 'training_due' | 'review_due' | 'ended' | 'person_inactive' }
export type SetupInput = { displayName: string; email?: string | null | undefined } | null
export type SignedApproval = { assertion: WebAuthnAssertion }
export type StaffSession = { id: string; device: string; method: 'passkey' | 'oidc' | 'development'; createdAt: string; lastSeenAt: string; current: boolean }
export type Status = { name: string; version: string; startedAt: string; uptimeSeconds: number; profile: string | null; health: { ready: boolean; reasons: (string)[] }; gatewayUrl: string; store: 'embedded' | 'postgres'; models: ({ name: string; upstream: string; surface: string; sandbox: boolean; enforced: boolean })[]; policy: { version: string; digest: string }; classifier: string; ledger: { origin: string; size: number; provenSize: number; witnessed: boolean; health: 'ok' | 'degraded' | 'sealed' | 'closed'; reason: string | null }; decisions: { [name: string]: number } }
export type Training = { completedAt: string }
export type WaysIn = { passkey: true; oidc: boolean; development: boolean }
export type WebAuthnAssertion = { id: string; rawId: string; type: 'public-key'; response: { clientDataJSON: string; authenticatorData: string; signature: string } }
export type WebAuthnAttestation = { id: string; rawId: string; type: 'public-key'; response: { clientDataJSON: string; attestationObject: string; transports?: (string)[] | undefined } }
export type WebAuthnCeremony = { ceremony: string; options: { [name: string]: unknown } }
export type WebAuthnOptions = { [name: string]: unknown }
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
  'GET /api/v1/organisations': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: OrganisationPage
  }
  'POST /api/v1/organisations': {
    body: NewOrganisation
    response: Organisation
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
