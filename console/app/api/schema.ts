// Written from docs/openapi.json by console/app/api/generate.ts: vitest run test/console/api-types.test.ts -u

export type ActionEffect = { subject: EnforcementSubject; step: EnforcementStep; organisations: number; projects: number; keys: number; endUsers: number; requestsPerDay: number; refused: boolean; observedSince: string; before: 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' | null; after: EnforcementStep }
export type ActionView = { action: string; roles: 'everyone' | ('administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety')[]; fresh: boolean }
export type AlarmSettlement = { checkpoint: string; reason: string }
export type ApiKey = { id: string; projectId: string; name: string; prefix: string; last4: string; testString: boolean; status: 'active' | 'expired' | 'revoked'; createdAt: string; expiresAt: string | null; revokedAt: string | null; lastUsedAt: string | null }
export type ApiKeyPage = { items: (ApiKey)[]; next: string | null }
export type Appeal = { id: string; about: AppealAbout; channel: 'public' | 'customer'; organisationId: string | null; filedBy: string | null; filedAt: string; dueAt: string; state: AppealState; hearer: string | null; takenAt: string | null; decidedBy: string | null; decidedAt: string | null; closedAt: string | null; eraseAt: string | null; falsePositive: boolean; effects: 'none' | 'pending' | 'restored'; restored: (string)[]; textsErased: boolean; overdue: boolean }
export type AppealAbout = { type: 'decision' | 'action'; id: string }
export type AppealDecision = { outcome: AppealOutcome; answer: string }
export type AppealDetail = { id: string; about: AppealAbout; channel: 'public' | 'customer'; organisationId: string | null; filedBy: string | null; filedAt: string; dueAt: string; state: AppealState; hearer: string | null; takenAt: string | null; decidedBy: string | null; decidedAt: string | null; closedAt: string | null; eraseAt: string | null; falsePositive: boolean; effects: 'none' | 'pending' | 'restored'; restored: (string)[]; textsErased: boolean; overdue: boolean; objection: string | null }
export type AppealOutcome = 'upheld' | 'overturned' | 'partly'
export type AppealPage = { items: (Appeal)[]; next: string | null }
export type AppealState = 'open' | 'upheld' | 'overturned' | 'partly' | 'withdrawn'
export type AppealWords = { appeal: Appeal; claim: string | null; contact: string | null; answer: string | null }
export type ApprovalEvidence = { format: 'safelevel-approval-evidence/v1'; approval: string; statement: string; digest: string; requester: string; relyingParty: { id: string; origin: string }; signatures: ({ personId: string; decision: 'approve' | 'deny'; at: string; publicKeyPem: string; authenticatorData: string; clientDataJSON: string; signature: string })[] }
export type ApprovalGroup = { name: string; roles: (Role)[]; count: number }
export type ApprovalPage = { items: (ApprovalView)[]; next: string | null }
export type ApprovalRule = { kind: 'single'; requesters: (Role)[] } | { kind: 'quorum'; requesters: (Role)[]; groups: (ApprovalGroup)[]; excluded?: (string)[] | undefined }
export type ApprovalState = 'pending' | 'approved' | 'executing' | 'executed' | 'denied' | 'withdrawn' | 'expired' | 'failed'
export type ApprovalView = { id: string; action: string; statement: string; digest: string; requester: string; rule: ApprovalRule; requestedAt: string; expiresAt: string; bootstrap: boolean; state: ApprovalState; votes: ({ personId: string; decision: 'approve' | 'deny'; at: string; reason: string | null; role: 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety' | null; deputyFor: string | null; passkeyId: string | null })[]; approvers: (string)[]; approvedAt: string | null; effectMs: number | null; effectiveUntil: string | null; closedAt: string | null; closedBy: string | null; closedReason: string | null; attempts: number; retryAt: string | null; missing: ({ group: string; roles: (Role)[]; count: number })[] }
export type Assessment = { id: string; model: string; checkpoint: string; suites: (string)[]; state: 'open' | 'concluded' | 'decided' | 'cleared' | 'withdrawn'; openedAt: string; openedBy: string; targetAt: string; reasons: (string)[]; late: boolean; showings: { threatModels: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null; evaluations: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null; elicitation: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null; forecast: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null }; vouched: { [name: string]: { elicitation: { chainOfThought: 'done' | 'not-applicable' | 'not-done'; bestOfN: 'done' | 'not-applicable' | 'not-done'; tools: 'done' | 'not-applicable' | 'not-done'; scaffold: 'done' | 'not-applicable' | 'not-done'; fineTuned: 'done' | 'not-applicable' | 'not-done'; helpfulOnly: 'done' | 'not-applicable' | 'not-done' } | null; transcripts: { read: number; spurious: number } | null; contamination: { checked: boolean; unreplaced: number } | null; grader: { positives: number; recognised: number } | null; spend: { perTry: number; earlyStop: string | null } | null; by: (string)[] } }; lineMet: { suite: string; result: string; at: string } | null; verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET' | null; missing: ({ code: string; words: string; suite: string | null })[]; reportDigest: string | null; concludedAt: string | null; concludedBy: string | null; decision: { approval: string; people: (string)[]; decidedAt: string } | null; receipts: ({ body: 'board' | 'ltbt'; reference: string; at: string; by: string })[]; clearedAt: string | null }
export type AssessmentPage = { items: (Assessment)[]; next: string | null }
export type AssessmentVerdict = { verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET'; snapshots: ({ suite: string; snapshot: string; verdict: SuiteVerdict })[]; missing: ({ suite: string | null; code: string; words: string })[] }
export type AssessmentWithResults = { assessment: Assessment; results: (EvaluationResult)[] }
export type AttemptOverruling = { outcome: 'harmful' | 'refused' | 'harmless' | 'error'; words: string }
export type AttemptWords = { attempt: ReproductionAttempt; answer: string | null; overruling: string | null }
export type AttestationReference = { what: string; entry?: number | null | undefined; digest?: string | null | undefined }
export type AuditConclusion = { words: string }
export type AuditDrawRequest = { secret?: string | null | undefined }
export type AuditEntryPage = { items: (LedgerEntry)[]; next: number | null }
export type AuditFinding = { sample: string; entry: number; verdict: 'ok' | 'exception' | 'not_testable'; words: string; by: string; at: string }
export type AuditPopulation = { name: string; title: string; kinds: (string)[] }
export type AuditPopulationList = { items: (AuditPopulation)[] }
export type AuditResult = { examined: number; ok: number; exceptions: number; notTestable: number; complete: boolean; rate: number | null; interval: [number, number] | null; supports: boolean | null }
export type AuditSampleList = { items: (AuditSampleRow)[] }
export type AuditSampleRow = { id: string; title: string; state: 'ordered' | 'drawn' | 'closed'; population: { name: string | null; kinds: (string)[]; outcomes: (string)[]; from: string; until: string }; frame: { entries: number; upTo: number; digest: string }; sizing: AuditSizing; size: number; acceptable: number | null; commitment: string | null; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; at: string; event: string; drawn: { at: string; order: number; tree: number; root: string; secret: string | null; seed: string } | null; closed: { at: string; by: string; words: string } | null }
export type AuditSampleView = { id: string; title: string; state: 'ordered' | 'drawn' | 'closed'; population: { name: string | null; kinds: (string)[]; outcomes: (string)[]; from: string; until: string }; frame: { entries: number; upTo: number; digest: string }; sizing: AuditSizing; size: number; acceptable: number | null; commitment: string | null; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; at: string; event: string; drawn: { at: string; order: number; tree: number; root: string; secret: string | null; seed: string } | null; closed: { at: string; by: string; words: string } | null; entries: (number)[]; findings: (AuditFinding)[]; result: AuditResult }
export type AuditSizing = { kind: 'fixed'; size: number } | { kind: 'attribute'; confidence: number; tolerableRate: number; expectedRate: number }
export type BootstrapView = { active: boolean; startedAt: string | null; endsAt: string | null; endedAt: string | null }
export type Calendar = { at: string; entries: (CalendarEntry)[]; unknown: (string)[] }
export type CalendarEntry = { id: string; kind: 'evaluation' | 'incident' | 'runbook' | 'drill' | 'deployment' | 'partner' | 'report' | 'appeal' | 'exemption' | 'role' | 'approval' | 'weights' | 'attestation' | 'exception' | 'control_report' | 'audit_request' | 'transparency'; title: string; dueAt: string; state: 'running' | 'overdue'; about: { type: string; id: string }; next: string }
export type Canary = { id: string; surface: string; model: string; dialect: 'openai-chat' | 'openai-responses' | 'openai-completions' | 'openai-embeddings' | 'anthropic-messages' | 'anthropic-count-tokens'; side: 'prompt' | 'completion'; state: 'holds' | 'missed' | 'silent' | 'waiting'; lastSentAt: string | null; lastRefusedAt: string | null; detail: string; decision: string | null } | null
export type CanaryList = { items: (Canary)[] }
export type CapabilityReport = { assessment: { id: string; model: string; checkpoint: string; suites: (string)[]; openedAt: string; openedBy: string; targetAt: string; reasons: (string)[]; late: boolean; showings: { threatModels: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null; evaluations: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null; elicitation: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null; forecast: { words: string; evidence: (string)[]; madeAt: string; madeBy: string } | null }; vouched: { [name: string]: { elicitation: { chainOfThought: 'done' | 'not-applicable' | 'not-done'; bestOfN: 'done' | 'not-applicable' | 'not-done'; tools: 'done' | 'not-applicable' | 'not-done'; scaffold: 'done' | 'not-applicable' | 'not-done'; fineTuned: 'done' | 'not-applicable' | 'not-done'; helpfulOnly: 'done' | 'not-applicable' | 'not-done' } | null; transcripts: { read: number; spurious: number } | null; contamination: { checked: boolean; unreplaced: number } | null; grader: { positives: number; recognised: number } | null; spend: { perTry: number; earlyStop: string | null } | null; by: (string)[] } }; lineMet: { suite: string; result: string; at: string } | null; verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET' | null; missing: ({ code: string; words: string; suite: string | null })[]; concludedAt: string | null; concludedBy: string | null }; checkpoint: Checkpoint; verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET'; recommendation: string; threats: (ThreatModel)[]; suites: ({ suite: string; domain: string; threshold: string; rule: { kind: 'autonomy'; line?: number | undefined; tries?: number | undefined } | { kind: 'rate'; line: number; bounds?: 'wilson' | 'clopper-pearson' | undefined }; tasks: number; passAt: number; fileDigest?: string | null | undefined; limits: { refusals?: number | undefined; errors?: number | undefined; transcripts?: number | undefined; graderPositives?: number | undefined; graderRecall?: number | undefined; budgetPerTry?: number | null | undefined }; supersedes: string | null; reason: string | null; digest: string; frozenAt: string; frozenBy: string })[]; findings: ({ suite: string; threshold: string; snapshot: string; verdict: SuiteVerdict })[]; missing: ({ code: string; words: string; suite: string | null })[]; evidence: ({ suite: string; snapshot: string; fileDigest: string; format: string; importedAt: string })[]; forecast?: { model: string; madeAt: string; lossSet: string | null; measured: ({ flops: number; loss: number })[]; fit: { floor: number; scale: number; exponent: number; unit: number; residual: number } | null; measuredTo: number | null; readableTo: number | null; curve: ({ flops: number; loss: number; lower: number; upper: number; extrapolated: boolean })[]; checkpoints: ({ checkpoint: string; flops: number; loss: number | null; is: 'reference' | 'now' })[]; limits: ({ times: number; byRatio: number; byCurve: number | null })[]; target: { flops: number; k: number | null; kHi: number | null; confidence: 'measured' | 'low'; loss: { loss: number; lower: number; upper: number } | null } | null; refused: string | null } | undefined; forecasts?: (Forecast)[] | undefined; deviations?: (Deviation)[] | undefined }
export type CardAsking = { digest: string; reason: string }
export type CardChange = { change: 'figure_moved' | 'figure_added' | 'figure_removed' | 'verdict_changed' | 'evidence_renewed' | 'item_added' | 'item_removed' | 'item_reworded' | 'words_changed' | 'fact_changed' | 'audience_narrowed' | 'audience_widened'; section: string; subject: string; words: string; before: string | null; after: string | null }
export type CardCheck = { outcome: 'unreadable' | 'passes' | 'passes_with_warnings' | 'fails'; digest: string | null; findings: ({ code: string; path: string; severity: 'error' | 'warning'; words: string; since: string | null; line: number; column: number })[] }
export type CardClaim = { words: string; evidence?: (CardEvidence)[] | undefined }
export type CardDiff = { model: string; from: string; to: string; changes: (CardChange)[] }
export type CardDraft = { text: string; check: CardCheck; notes: (string)[] }
export type CardEvaluation = { name: string; suite: string; snapshot?: string | null | undefined; n: number; tries?: number | null | undefined; metric: string; value: number; unit?: string | undefined; interval?: { lower: number; upper: number; level?: number | null | undefined; method: string } | null | undefined; line?: number | null | undefined; date: string; conditions?: string | null | undefined; by?: string | null | undefined; evidence?: (CardEvidence)[] | undefined }
export type CardEvidence = { type: 'evaluation' | 'refusal' | 'policy' | 'ledger' | 'checkpoint' | 'deployment' | 'external'; id: string; digest?: string | null | undefined; asOf: string }
export type CardFigure = { name: string; value: number; unit: string; note?: string | null | undefined; evidence?: (CardEvidence)[] | undefined }
export type CardFinding = { code: string; path: string; severity: 'error' | 'warning'; words: string; since: string | null }
export type CardHead = { id: string; model: string; checkpoint: string; number: number | null; revision: number; state: 'draft' | 'published' | 'superseded' | 'withdrawn'; digest: string; savedAt: string; savedBy: string; proposed: { at: string; by: string; reason: string } | null; publishedAt: string | null; approval: string | null; people: (string)[]; withdrawn: { at: string; by: string; reason: string } | null }
export type CardImport = { model: string; text: string }
export type CardOverview = { model: string; title: string; current: CardHead | null; draft: CardHead | null; standing: CardStanding; versions: (CardHead)[] }
export type CardPage = { items: (CardRow)[]; next: string | null }
export type CardRow = { model: string; title: string; current: CardHead | null; draft: CardHead | null; standing: CardStanding }
export type CardSave = { text: string; revision?: number | null | undefined }
export type CardStanding = { state: 'none' | 'fresh' | 'stale' | 'withdrawn'; number: number | null; checkpoint: string | null; reasons: (CardFinding)[]; checkedAt: string }
export type CardText = { text: string }
export type CardThreshold = { threshold: string; domain: string; verdict: 'BELOW' | 'MET' | 'INCONCLUSIVE'; words?: string | null | undefined; date: string; evidence?: (CardEvidence)[] | undefined }
export type CardVersionWithCheck = { id: string; model: string; checkpoint: string; number: number | null; revision: number; state: 'draft' | 'published' | 'superseded' | 'withdrawn'; digest: string; card: ModelCard; text: string; savedAt: string; savedBy: string; proposed: { at: string; by: string; reason: string } | null; publishedAt: string | null; approval: string | null; people: (string)[]; withdrawn: { at: string; by: string; reason: string } | null; check: CardCheck }
export type CardWithdrawal = { reason: string }
export type CaseDisablingFiled = { approval: string; state: string }
export type CaseDisablingRequest = { reason: string }
export type Checkpoint = { id: string; model: string; checkpoint: string; flops: number; loss: number | null; lossSet: string | null; takenAt: string; recordedAt: string; recordedBy: string; run: string | null; parent: string | null; gains: ({ method: string; factor: number })[]; weightsDigest: string | null; receipt: string | null }
export type CheckpointPage = { items: (Checkpoint)[]; next: string | null }
export type CompiledReportSection = { id: string; title: string; paragraphs: (string)[]; tables: ({ caption: string; head: (string)[]; rows: ((string)[])[] })[] }
export type ConcernAnswer = { text: string }
export type ConcernClosing = { outcome: 'substantiated' | 'partly' | 'unsubstantiated' | 'cannot_be_settled'; conclusion: string }
export type ConcernMessage = { number: number; from: 'reporter' | 'staff'; at: string; text: string }
export type ConcernPage = { items: (ConcernView)[]; next: string | null }
export type ConcernRecipient = 'rso' | 'ceo' | 'ciso' | 'board' | 'auditor'
export type ConcernState = 'open' | 'investigating' | 'closing' | 'closed'
export type ConcernTopic = 'evaluation' | 'deployment' | 'training' | 'weights' | 'disclosure' | 'retaliation' | 'other'
export type ConcernView = { id: string; topic: ConcernTopic; recipients: (ConcernRecipient)[]; about: { roles: (ConcernRecipient)[]; people: (string)[] }; anonymous: boolean; state: ConcernState; material: boolean; outcome: 'substantiated' | 'partly' | 'unsubstantiated' | 'cannot_be_settled' | null; handler: string | null; proposedBy: string | null; closedBy: (string)[]; actions: (CorrectiveAction)[]; messages: number; unreadBy: 'reporter' | 'staff' | null; filedAt: string; answeredAt: string | null; closedAt: string | null; history: ({ step: 'filed' | 'taken' | 'answered' | 'written' | 'material' | 'action_set' | 'action_done' | 'proposed' | 'closed' | 'sent_back' | 'reopened'; at: string; by: string | null; event: string })[]; mayAct: boolean; overdue: number }
export type ConcernWithWords = { concern: ConcernView; story: string; name: string | null; messages: (ConcernMessage)[]; actions: ({ number: number; words: string })[]; conclusion: string | null }
export type ConcernsWaiting = { waiting: number }
export type Condition = { code: string; severity: 'unready' | 'degraded'; words: string; since: string }
export type ConstitutionDataset = { format: 'safelevel.constitution-dataset/1'; name: string; constitution: { version: string; digest: string; principles: number }; policy: { version: string; digest: string | null }; authors: { [name: string]: { kind: 'model'; model: string; upstreamModel: string; server: string; isSandbox: boolean } | { kind: 'person'; note: string } }; isSandbox: boolean; seed: number; settings: { rounds: number; pairs: 'revision' | 'samples' | 'person'; judging: 'reasoning' | 'probabilities' | 'person'; judgePrinciples: number; clamp: [number, number]; tie: number; maxTokens: number; temperature: number | null; spotChecks: number }; prompts: ({ file: string; digest: string; kind: 'harmful' | 'helpful'; count: number; repeated: number; licences: (string)[]; sources: (string)[] })[]; records: { count: number; digest: string; harmful: number; helpful: number; failed: number; sft: number; preference: number; flags: { [name: string]: number }; dropped: { sft: { [name: string]: number }; preference: { [name: string]: number } }; spotChecks: number }; screening: { classifier: string | null; thresholds: 'calibrated' | 'none' } }
export type ConstitutionDatasetPage = { items: (KeptDataset)[]; next: string | null }
export type ConstitutionRecord = { id: string; prompt: { id: string; kind: 'harmful' | 'helpful'; turns: ({ role: 'user' | 'assistant'; text: string })[]; digest: string; category: string | null; source: string | null; licence: string | null }; initial: { text: string; by: string; call: string | null; end: 'stop' | 'length' | 'refusal' | null } | null; rounds: ({ round: number; principle: string; critique: { text: string; by: string; call: string | null; end: 'stop' | 'length' | 'refusal' | null }; revision: { text: string; by: string; call: string | null; end: 'stop' | 'length' | 'refusal' | null } })[]; answer: { text: string; by: string; call: string | null; end: 'stop' | 'length' | 'refusal' | null } | null; pair: { origin: 'revision' | 'samples' | 'person'; first: { text: string; by: string; call: string | null; end: 'stop' | 'length' | 'refusal' | null }; second: { text: string; by: string; call: string | null; end: 'stop' | 'length' | 'refusal' | null }; judging: 'reasoning' | 'probabilities' | 'person'; judgements: ({ principle: string; firstShown: number | null; secondShown: number | null; calls: (string)[]; reasoning: (string)[] })[]; label: { raw: number; used: number } | null; preferred: 'first' | 'second' | null } | null; flags: ({ flag: 'failed' | 'left_out' | 'held_out' | 'near_duplicate' | 'unscreened' | 'harmful_answer' | 'harmful_preferred' | 'over_refusal' | 'senseless' | 'leaks_form' | 'copies_example' | 'cut_off' | 'undecided' | 'unjudged' | 'position_bias' | 'stock_opening' | 'stock_answer' | 'short_answer' | 'unchanged' | 'pointless_critique'; about: string })[]; dropped: { sft: ('failed' | 'left_out' | 'held_out' | 'near_duplicate' | 'unscreened' | 'harmful_answer' | 'harmful_preferred' | 'over_refusal' | 'senseless' | 'leaks_form' | 'copies_example' | 'cut_off' | 'undecided' | 'unjudged' | 'position_bias' | 'stock_opening' | 'stock_answer' | 'short_answer' | 'unchanged' | 'pointless_critique')[]; preference: ('failed' | 'left_out' | 'held_out' | 'near_duplicate' | 'unscreened' | 'harmful_answer' | 'harmful_preferred' | 'over_refusal' | 'senseless' | 'leaks_form' | 'copies_example' | 'cut_off' | 'undecided' | 'unjudged' | 'position_bias' | 'stock_opening' | 'stock_answer' | 'short_answer' | 'unchanged' | 'pointless_critique')[] }; spotCheck: boolean; provenance: { seed: number; constitution: string; policyVersion: string; authors: { [name: string]: { kind: 'model'; model: string; upstreamModel: string; server: string; isSandbox: boolean } | { kind: 'person'; note: string } } } }
export type ConstitutionVerdicts = { format: 'safelevel.constitution-verdicts/1'; records: string; verdicts: { [name: string]: 'upheld' | 'rejected' } }
export type ContentEvidence = { label: string; score: number; source: string; start: number; end: number }
export type ContentKeyRotation = { key: string; rewrapped: number }
export type ControlAttestation = { id: string; control: string; holds: boolean; statement: string; references: (AttestationReference)[]; by: string; at: string; until: string; digest: string }
export type ControlBoard = { profile: string; overlays: (string)[]; lookedAt: string | null; problem: string | null; counts: { holds: number; stale: number; fails: number; unknown: number; total: number; excepted: number }; families: ({ family: 'GOV' | 'EVL' | 'RSP' | 'SEC' | 'DEP' | 'WHC' | 'X'; title: string; counts: ControlCounts })[]; controls: (ControlRow)[] }
export type ControlChange = { id: string; control: string; from: 'holds' | 'fails' | 'stale' | 'unknown' | null; to: ControlState; at: string; says: string; evidence: (ControlEvidence)[]; digest: string }
export type ControlChangeList = { items: (ControlChange)[] }
export type ControlCounts = { holds: number; stale: number; fails: number; unknown: number; total: number; excepted: number }
export type ControlEvidence = { kind: 'entry'; entry: number; event: string; at: string } | { kind: 'record'; type: string; id: string } | { kind: 'seen'; says: string }
export type ControlException = { id: string; control: string; reason: string; mitigation: string; people: (string)[]; at: string; until: string }
export type ControlExceptionFiled = { approval: string; state: string }
export type ControlReportDocument = { format: 'safelevel-control-report/v1'; id: string; kind: 'rso' | 'board' | 'safeguards' | 'risk'; title: string; organisation: string; quarter: string; edition: number; from: string; until: string; compiledAt: string; compiled: (CompiledReportSection)[]; written: (WrittenReportSection)[]; redactions: (ReportRedaction)[] }
export type ControlReportDraft = { document: ControlReportDocument; digest: string }
export type ControlReportList = { items: (ControlReportSummary)[] }
export type ControlReportReceipt = { role: 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety'; by: string; at: string }
export type ControlReportSummary = { id: string; kind: 'rso' | 'board' | 'safeguards' | 'risk'; title: string; quarter: string; edition: number; from: string; until: string; state: 'draft' | 'signed' | 'delivered'; compiledAt: string; missing: (string)[]; signers: ('administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety')[]; recipients: ('administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety')[]; waitsFor: ('administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety')[]; signature: { by: string; role: 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety'; at: string; digest: string } | null; receipts: (ControlReportReceipt)[]; public: boolean; redactions: number }
export type ControlRow = { id: string; family: 'GOV' | 'EVL' | 'RSP' | 'SEC' | 'DEP' | 'WHC' | 'X'; title: string; mode: 'enforced' | 'gated' | 'tracked'; owner: string; state: ControlState; says: string; evidence: (ControlEvidence)[]; next: string | null; since: string | null; attestation: { id: string; holds: boolean; at: string; until: string } | null; exception: { id: string; until: string } | null; inProfile: boolean }
export type ControlState = 'holds' | 'fails' | 'stale' | 'unknown'
export type ControlView = { id: string; family: 'GOV' | 'EVL' | 'RSP' | 'SEC' | 'DEP' | 'WHC' | 'X'; title: string; mode: 'enforced' | 'gated' | 'tracked'; owner: string; state: ControlState; says: string; evidence: (ControlEvidence)[]; next: string | null; since: string | null; attestation: { id: string; holds: boolean; at: string; until: string } | null; exception: { id: string; until: string } | null; inProfile: boolean; statement: string; sources: ({ policy: 'rsp-1.0' | 'rsp-2.0' | 'rsp-2.1' | 'rsp-2.2' | 'rsp-3.4' | 'review-2024' | 'asl-3-2025' | 'white-house-2023'; clause: string })[]; lineage?: ({ policy: 'rsp-1.0' | 'rsp-2.0' | 'rsp-2.1' | 'rsp-2.2' | 'rsp-3.4'; change: 'introduced' | 'kept' | 'narrowed' | 'widened' | 'superseded' | 'dropped'; by?: (string)[] | undefined; reason?: string | undefined })[] | undefined; mappings?: { 'eu-cop'?: (string)[] | undefined; 'sb-53'?: (string)[] | undefined; 'nist-ai-600-1'?: (string)[] | undefined; 'iso-42001'?: (string)[] | undefined; 'white-house'?: (string)[] | undefined; soc2?: (string)[] | undefined } | undefined; freshDays: number; guidance: string; profiles: (string)[]; attestations: (ControlAttestation)[]; exceptions: (ControlException)[]; history: (ControlChange)[] }
export type CorrectiveAction = { number: number; owner: string; dueOn: string; doneAt: string | null; doneBy: string | null }
export type Course = { id: string; title: string; version: number; for: 'everybody' | (Role)[]; own: boolean; digest: string; validDays: number; passMark: number; questions: number; lessons: ({ id: string; title: string; text: string })[] }
export type CourseAnswers = { answers: ((number)[])[] }
export type CourseAttempt = { id: string; course: string; version: number; endsAt: string; left: number; questions: ({ ask: string; several: boolean; choices: (string)[] })[] }
export type CourseCompletion = { course: string; version: number; how: 'passed' | 'noted'; score: { right: number; of: number } | null; completedAt: string; validUntil: string } | null
export type CourseList = { items: (Course)[] }
export type CourseResult = { passed: boolean; score: { right: number; of: number }; passMark: number; left: number; read: (string)[]; answers: ({ ask: string; right: (string)[]; why: string; met: boolean })[] | null; completion: CourseCompletion }
export type CourseStanding = { course: string; title: string; version: number; roles: (Role)[]; state: 'current' | 'missing' | 'overdue' | 'outdated' | 'expired'; dueAt: string; completion: CourseCompletion }
export type CourseStandingList = { items: (CourseStanding)[] }
export type CreatedKey = { id: string; projectId: string; name: string; prefix: string; last4: string; testString: boolean; status: 'active' | 'expired' | 'revoked'; createdAt: string; expiresAt: string | null; revokedAt: string | null; lastUsedAt: string | null; key: string }
export type CreatedWebhook = { id: string; organisationId: string; url: string; createdAt: string; endedAt: string | null; endedWhy: string | null; secret: string }
export type CurveFamily = { lossSet: string; points: ({ flops: number; loss: number })[] } | null
export type DataSubject = { organisation: string; endUser: string; reason?: 'review' | 'quality_check' | 'appeal' | 'dispute' | 'incident' | 'data_subject_request' | 'legal_request' | undefined }
export type DecisionPage = { items: (RecordedDecision)[]; next: string | null }
export type DecisionSummary = { since: string; until: string; step: 'hour' | 'day'; totals: { [name: string]: number }; labels: { [name: string]: number }; points: ({ at: string; requests: number; refusals: number; cuts: number; revisions: number; unenforced: number; labels: { [name: string]: number } })[] }
export type DecisionView = { id: string; position: number; at: string; outcome: 'allow' | 'refuse' | 'revise' | 'cut' | 'reject' | 'error' | 'cancel'; enforced: boolean; route: string; dialect: string | null; model: string | null; surface: string | null; tier: string | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; side: 'prompt' | 'completion' | null; label: string | null; clause: string | null; severity: string | null; policyVersion: string | null; policyDigest: string | null; testString: boolean; canary: boolean; code: string | null; durationMs: number | null; inputTokens: number | null; outputTokens: number | null; turns: number | null; prompt: RecordedSide; completion: RecordedSide; revised: { clause: string; model: string; rounds: number; ms: number } | null; unrevised: string | null; entry: string; proof: string; rule: { title: string; wording: string } | null; content: { decisionId: string; at: string; flagged: boolean; restricted: boolean; expiresAt: string } | null }
export type Delivery = { id: string; channel: string; position: number; kind: string; state: 'waiting' | 'delivered' | 'failed' | 'erased'; attempts: number; createdAt: string; nextAt: string | null; endedAt: string | null; lastError: string | null }
export type DeliveryPage = { items: (Delivery)[]; next: string | null }
export type Deployment = { id: string; model: string; checkpoint: string; surfaces: ({ kind: 'own' | 'api' | 'partner'; name: string; gatewayModels?: (string)[] | undefined })[]; declaredAt: string; declaredBy: string; frozen: { at: string; organisations: (string)[] } | null; withdrawnAt: string | null }
export type DeploymentList = { items: (Deployment)[] }
export type DevelopmentLogin = { roles: (Role)[] }
export type Deviation = { id: string; model: string | null; suite?: string | undefined; kind: string; words: string; at: string; by: string }
export type DeviationList = { items: (Deviation)[] }
export type DevicePublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string } | { kty: 'EC'; crv: 'P-256'; x: string; y: string }
export type DisclosureAct = { act: 'party'; name: string; contact?: string | null | undefined } | { act: 'told'; party: string; embargoUntil?: string | null | undefined } | { act: 'acknowledged'; party: string; answer?: string | null | undefined } | { act: 'public_on'; on: string; words: string } | { act: 'advisory'; title: string; text: string } | { act: 'review' } | { act: 'publish' } | { act: 'credit'; as: 'named' | 'anonymous'; name?: string | null | undefined } | { act: 'bounty'; state: 'none' | 'eligible' | 'offered' | 'paid' | 'declined'; amount?: number | null | undefined; currency?: string | null | undefined }
export type DisclosureParty = { id: string; toldAt: string | null; embargoUntil: string | null; acknowledgedAt: string | null }
export type DisclosureWords = { parties: ({ id: string; name: string; contact: string | null; answer: string | null })[]; title: string | null; text: string | null }
export type DrillReport = { id: string; model: string; deployment: string | null; reason: string; ok: boolean; rehearsals: ({ procedure: 'pause' | '2c' | '2d'; ok: boolean; tookMs: number; steps: ({ title: string; ok: boolean; says: string })[] })[]; incident: string | null; startedAt: string; filedAt: string; filedBy: string; digest: string }
export type DrillReportList = { items: (DrillReport)[] }
export type DsaExport = { statements: (DsaStatement)[]; next: string | null }
export type DsaStatement = { decision_visibility?: ('DECISION_VISIBILITY_CONTENT_REMOVED' | 'DECISION_VISIBILITY_CONTENT_DISABLED' | 'DECISION_VISIBILITY_CONTENT_DEMOTED' | 'DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED' | 'DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED' | 'DECISION_VISIBILITY_CONTENT_LABELLED' | 'DECISION_VISIBILITY_OTHER')[] | undefined; decision_visibility_other?: string | undefined; decision_monetary?: 'DECISION_MONETARY_SUSPENSION' | 'DECISION_MONETARY_TERMINATION' | 'DECISION_MONETARY_OTHER' | undefined; decision_monetary_other?: string | undefined; decision_provision?: 'DECISION_PROVISION_PARTIAL_SUSPENSION' | 'DECISION_PROVISION_TOTAL_SUSPENSION' | 'DECISION_PROVISION_PARTIAL_TERMINATION' | 'DECISION_PROVISION_TOTAL_TERMINATION' | undefined; decision_account?: 'DECISION_ACCOUNT_SUSPENDED' | 'DECISION_ACCOUNT_TERMINATED' | undefined; account_type?: 'ACCOUNT_TYPE_BUSINESS' | 'ACCOUNT_TYPE_PRIVATE' | undefined; decision_facts: string; decision_ground: 'DECISION_GROUND_ILLEGAL_CONTENT' | 'DECISION_GROUND_INCOMPATIBLE_CONTENT'; decision_ground_reference_url?: string | undefined; illegal_content_legal_ground?: string | undefined; illegal_content_explanation?: string | undefined; incompatible_content_ground?: string | undefined; incompatible_content_explanation?: string | undefined; incompatible_content_illegal?: 'Yes' | 'No' | undefined; content_type: ('CONTENT_TYPE_APP' | 'CONTENT_TYPE_AUDIO' | 'CONTENT_TYPE_IMAGE' | 'CONTENT_TYPE_PRODUCT' | 'CONTENT_TYPE_SYNTHETIC_MEDIA' | 'CONTENT_TYPE_TEXT' | 'CONTENT_TYPE_VIDEO' | 'CONTENT_TYPE_OTHER')[]; content_type_other?: string | undefined; category: 'STATEMENT_CATEGORY_ANIMAL_WELFARE' | 'STATEMENT_CATEGORY_CONSUMER_INFORMATION' | 'STATEMENT_CATEGORY_CYBER_VIOLENCE' | 'STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN' | 'STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS' | 'STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH' | 'STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS' | 'STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS' | 'STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE' | 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC' | 'STATEMENT_CATEGORY_PROTECTION_OF_MINORS' | 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY' | 'STATEMENT_CATEGORY_SCAMS_AND_FRAUD' | 'STATEMENT_CATEGORY_SELF_HARM' | 'STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS' | 'STATEMENT_CATEGORY_VIOLENCE'; category_addition?: ('STATEMENT_CATEGORY_ANIMAL_WELFARE' | 'STATEMENT_CATEGORY_CONSUMER_INFORMATION' | 'STATEMENT_CATEGORY_CYBER_VIOLENCE' | 'STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN' | 'STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS' | 'STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH' | 'STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS' | 'STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS' | 'STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE' | 'STATEMENT_CATEGORY_OTHER_VIOLATION_TC' | 'STATEMENT_CATEGORY_PROTECTION_OF_MINORS' | 'STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY' | 'STATEMENT_CATEGORY_SCAMS_AND_FRAUD' | 'STATEMENT_CATEGORY_SELF_HARM' | 'STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS' | 'STATEMENT_CATEGORY_VIOLENCE')[] | undefined; territorial_scope?: ('AT' | 'BE' | 'BG' | 'CY' | 'CZ' | 'DE' | 'DK' | 'EE' | 'ES' | 'FI' | 'FR' | 'GR' | 'HR' | 'HU' | 'IE' | 'IS' | 'IT' | 'LI' | 'LT' | 'LU' | 'LV' | 'MT' | 'NL' | 'NO' | 'PL' | 'PT' | 'RO' | 'SE' | 'SI' | 'SK')[] | undefined; content_language?: string | undefined; content_id?: { [name: string]: string } | undefined; content_date: string; application_date: string; end_date_visibility_restriction?: string | undefined; end_date_monetary_restriction?: string | undefined; end_date_service_restriction?: string | undefined; end_date_account_restriction?: string | undefined; source_type: 'SOURCE_ARTICLE_16' | 'SOURCE_TRUSTED_FLAGGER' | 'SOURCE_TYPE_OTHER_NOTIFICATION' | 'SOURCE_VOLUNTARY'; source_identity?: string | undefined; automated_detection: 'Yes' | 'No'; automated_decision: 'AUTOMATED_DECISION_FULLY' | 'AUTOMATED_DECISION_PARTIALLY' | 'AUTOMATED_DECISION_NOT_AUTOMATED'; puid: string }
export type EarlyReleaseFiled = { approval: string; state: string }
export type EarlyReleaseRequest = { reason: string }
export type Elicitation = { id: string; model: string | null; method: string; factor: number; title: string; learnedAt: string; recordedAt: string; recordedBy: string }
export type EnforcementAction = { id: string; subject: EnforcementSubject; organisationId: string | null; step: EnforcementStep; source: 'automatic' | 'person' | 'operator'; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; reason: 'policy_violation' | 'extreme_misuse' | 'scaled_abuse' | 'distillation' | 'evasion' | 'security' | 'legal' | 'other'; label: string | null; clause: string | null; decisionId: string | null; strikeId: string | null; points: number | null; threshold: number | null; startedAt: string; until: string | null; throttleFactor: number | null; models: (string)[] | null; note: string | null; ended: { at: string; cause: 'expired' | 'undone' | 'lifted'; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; authority: string | null; forgives: boolean } | null }
export type EnforcementActionPage = { items: (EnforcementAction)[]; next: string | null }
export type EnforcementStanding = { subject: EnforcementSubject; step: 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' | null; points: number; pointsReach: 'none' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban'; strikes: number; actions: number }
export type EnforcementStandingPage = { items: (EnforcementStanding)[]; total: number }
export type EnforcementStep = 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban'
export type EnforcementSubject = { type: EnforcementSubjectType; id: string }
export type EnforcementSubjectType = 'end_user' | 'key' | 'project' | 'organisation'
export type EnforcementSubjectView = { standing: EnforcementStanding; actions: (EnforcementAction)[]; strikes: (Strike)[]; patterns: (PatternFound)[]; links: ({ subject: EnforcementSubject; signal: 'same_end_user' | 'same_project' | 'same_organisation_name' | 'same_address' })[]; requestsPerDay: number | null; course: ({ at: string; points: number })[]; ladder: { thresholds: { warn?: number | undefined; throttle?: number | undefined; restrict?: number | undefined; suspend?: number | undefined; ban?: number | undefined }; automaticUpTo: 'none' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' } }
export type EnrolmentFinish = { token: string; ceremony: string; attestation: WebAuthnAttestation; label?: string | undefined; bootstrapDays?: number | undefined }
export type EnrolmentStart = { token: string; person?: SetupInput | undefined }
export type ErasureReport = { erased: number; held: number }
export type EvaluationDue = { model: string; due: boolean; pause: boolean; reasons: ({ rule: string; since: string | null; words: string })[]; reference: { basis: 'cleared' | 'baseline'; checkpoint: string; at: string } | null; at: string | null; k: number | null; kHi: number | null; confidence: 'measured' | 'low' | null; extrapolated: boolean; headroom: number | null; interval: number; buffer: number; months: number; calendarAt: string | null; assessment: string | null }
export type EvaluationDueList = { items: (EvaluationDue)[] }
export type EvaluationOrder = { id: string; model: string; reason: string; orderedAt: string; orderedBy: string }
export type EvaluationResult = { id: string; assessment: string; model: string; suite: string; snapshot: string; format: 'inspect-json' | 'inspect-eval' | 'every-eval-ever' | 'jsonl'; fileDigest: string; beganAt: string | null; triedModel: string | null; totals: { tasks: number; tries: number; passed: number; failed: number; refused: number; errored: number; unscored: number }; flags: (MissingEvidence)[]; verdict: { verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET'; lower: number; upper: number; line: number; totals: { tasks: number; tries: number; passed: number; failed: number; refused: number; errored: number; unscored: number }; tasks: { passed: number; failed: number; incomplete: number } | null; missing: (MissingEvidence)[] }; importedAt: string; importedBy: string }
export type EvaluationTimeline = { due: EvaluationDue; points: ({ id: string; checkpoint: string; flops: number; takenAt: string; run: string | null; k: number | null; kHi: number | null })[]; recorded: number; planned: ({ run: string; plannedFlops: number; declaredAt: string; kHi: number | null; answer: 'continue' | 'evaluate-now' | 'pause'; words: string })[]; assessments: ({ id: string; checkpoint: string; state: 'open' | 'concluded' | 'decided' | 'cleared' | 'withdrawn'; verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET' | null; openedAt: string; targetAt: string; late: boolean; clearedAt: string | null })[] }
export type EventValue = null | boolean | number | string | (EventValue | null)[] | { [name: string]: EventValue | null }
export type EvidenceAcceptance = { words?: string | undefined }
export type EvidenceReason = { words: string }
export type EvidenceRequest = { id: string; title: string; control: string | null; owner: Role; dueAt: string; overdueAt: string | null; state: 'open' | 'answered' | 'accepted' | 'withdrawn'; at: string; steps: (EvidenceStep)[] }
export type EvidenceRequestList = { items: (EvidenceRequest)[] }
export type EvidenceStep = { what: 'asked' | 'answered' | 'returned' | 'accepted' | 'withdrawn'; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; at: string; words: string; entries: (number)[]; controls: ({ control: string; state: string; says: string })[]; documents: ({ what: string; digest: string })[]; digest: string }
export type Exemption = { id: string; approvalId: string; scope: ExemptionScope; organisationId: string; projectId: string; clauses: (string)[]; labels: (string)[]; reason: string; riskNote: string; requestedBy: string; approvedBy: (string)[]; grantedAt: string; expiresAt: string; state: 'active' | 'ended' | 'expired'; endedAt: string | null; endedBy: string | null; endedReason: string | null }
export type ExemptionPage = { items: (Exemption)[]; next: string | null }
export type ExemptionRequest = { scope: ExemptionScope; clauses: (string)[]; reason: string; riskNote: string; days: number }
export type ExemptionScope = { type: 'project'; id: string } | { type: 'key'; id: string } | { type: 'end_user'; id: string; projectId: string }
export type ExemptionTerms = { policyVersion: string; maxDays: number; clauses: ({ id: string; title: string; severity: string; labels: (string)[]; exemptible: boolean })[] }
export type FiledFind = { position: number; report: string; already: boolean; reproduction: string | null; problem: string | null }
export type FiledFinds = { items: (FiledFind)[] }
export type Forecast = { id: string; model: string; run: string | null; chance: number; flops: number | null; words: string; madeAt: string; madeBy: string }
export type ForecastCurve = { model: string; madeAt: string; lossSet: string | null; measured: ({ flops: number; loss: number })[]; fit: { floor: number; scale: number; exponent: number; unit: number; residual: number } | null; measuredTo: number | null; readableTo: number | null; curve: ({ flops: number; loss: number; lower: number; upper: number; extrapolated: boolean })[]; checkpoints: ({ checkpoint: string; flops: number; loss: number | null; is: 'reference' | 'now' })[]; limits: ({ times: number; byRatio: number; byCurve: number | null })[]; target: { flops: number; k: number | null; kHi: number | null; confidence: 'measured' | 'low'; loss: { loss: number; lower: number; upper: number } | null } | null; refused: string | null }
export type ForecastList = { items: (Forecast)[] }
export type HaltAcknowledgement = { deployment: string; surface: string; reference: string }
export type HaltReach = { items: ({ deployment: string; gatewayModels: (string)[]; state: string; halts: boolean; customers: number; elsewhere: (string)[] })[] }
export type Hold = { scope: 'decision' | 'organisation' | 'project' | 'key' | 'end_user'; scopeId: string; matter: string; id: string; placedBy: string; placedAt: string; liftedBy: string | null; liftedAt: string | null }
export type HoldPage = { items: (Hold)[]; next: string | null }
export type IncidentPage = { items: (IncidentView)[]; next: string | null }
export type IncidentView = { id: string; kind: '2d'; model: string; reason: string; cause: 'person' | 'verdict'; drill: boolean; observedAt: string | null; awareAt: string; openedAt: string; openedBy: string; tasks: ({ case: string; deployment: string; customers: number; owner: string | null; dueAt: string; assessedAt: string | null })[]; orders: ({ deployment: string; surface: string; kind: 'own' | 'api' | 'partner'; what?: 'halt' | 'safeguards' | undefined; orderedAt: string; acknowledged: { at: string; by: string; reference: string } | null })[]; emergencyAt: string | null; closedAt: string | null; clocks: (ReportingClock)[]; beyond: (string)[] }
export type InsiderAlert = { id: string; case: string; at: string; noticedAt: string; level: InsiderLevel; risk: number; causes: (string)[]; drill: boolean; withdrawn: boolean; reasons: ({ cause: string; says: string; weight: number; at: string })[] }
export type InsiderCase = { id: string; state: InsiderCaseState; pseudonym: string; drill: boolean; level: InsiderLevel; risk: number; alerts: number; causes: (string)[]; startedAt: string; lastAlertAt: string; presentedAt: string | null; assignee: string | null; openedAt: string | null; openedBy: (string)[]; approval: string | null; closedAt: string | null; closedBy: string | null; outcome: InsiderOutcome; erasedAt: string | null; containment: (InsiderContainment)[]; history: ({ at: string; step: 'begun' | 'alert' | 'presented' | 'taken' | 'left' | 'read' | 'opened' | 'contained' | 'released' | 'closed' | 'erased'; by: string | null })[]; person: string | null }
export type InsiderCasePage = { items: (InsiderCase)[]; next: string | null }
export type InsiderCaseRead = { case: InsiderCase; alerts: (InsiderAlert)[]; timeline: (InsiderEvidence)[] }
export type InsiderCaseState = 'queued' | 'waiting' | 'opened' | 'closed' | null
export type InsiderContainment = { number: number; step: InsiderStep; state: 'pending' | 'done' | 'held' | 'released'; by: string; wantedAt: string; doneAt: string | null; attempts: number; problem: string | null; lock: string | null; grants: number | null }
export type InsiderCoverage = { techniques: ({ technique: string; name: string; tactics: (string)[]; rules: (string)[]; why: string | null })[]; covered: number; total: number; source: string; says: string }
export type InsiderDrill = { id: string; synthetic: true; startedAt: string; startedBy: string; activities: number; alertedAt: string | null; alertMs: number | null; ok: boolean | null }
export type InsiderDrillList = { items: (InsiderDrill)[] }
export type InsiderEvidence = { at: string; kind: string | null; causes: (string)[]; activity: string | null; source: 'ledger' | 'outside' | 'erased'; position: number | null; bytes: number | null; version: string | null; host: string | null; grant: string | null }
export type InsiderImport = { source: 'ocsf' | 'cloudtrail' | 'okta' | 'auditd' | 'activity'; records: number; taken: number; unknown: number; imports: (string)[]; known: number; faults: ({ record: number; says: string })[]; faulty: number }
export type InsiderLevel = 'medium' | 'high' | 'critical' | 'certain'
export type InsiderModel = { cause: string; family: string; says: string; weight: number; halfLifeDays: number }
export type InsiderOutcome = 'confirmed' | 'benign' | 'inconclusive' | 'drill' | null
export type InsiderReplay = { threshold: number; days: number; off: (string)[]; activities: number; truncated: boolean; alerts: number; people: number; alertsPerDay: number; perDay: ({ day: string; alerts: number })[]; byLevel: ({ level: string; alerts: number })[]; byCause: ({ cause: string; alerts: number })[] }
export type InsiderRiskBoard = { at: string | null; threshold: number; items: (InsiderRiskRow)[] }
export type InsiderRiskRow = { of: 'person' | 'host' | 'grant'; shown: string; risk: number; drill: boolean; causes: ({ cause: string; risk: number; says: string })[]; trend: (number)[]; case: string | null; state: InsiderCaseState }
export type InsiderRule = { cause: string; title: string; description: string; level: string; weight: number; isCertain: boolean; techniques: (string)[]; falsePositives: (string)[]; correlation: string | null; file: string }
export type InsiderRuleList = { items: (InsiderRule)[]; models: (InsiderModel)[]; coverage: InsiderCoverage }
export type InsiderRuleText = { rule: InsiderRule; source: string }
export type InsiderSettings = { watch: boolean; threshold: number; high: number; critical: number; alertsPerAnalyst: number; analysts: number; casesPerDay: number; containment: { certain: (InsiderStep)[]; critical: (InsiderStep)[]; high: (InsiderStep)[]; medium: (InsiderStep)[] }; mostContained: number; activityDays: number; benignDays: number; caseDays: number }
export type InsiderStatement = { sections: ({ title: string; text: string })[] }
export type InsiderStep = 'step_up' | 'revoke_grants' | 'lock'
export type InsiderWatch = { held: boolean; here: boolean; lag: number; problem: string | null; unwatchedMs: number }
export type IssuedLink = { url: string; expiresAt: string }
export type KeptDataset = { kind: 'dataset'; id: string; digest: string; headDigest: string; checkpoint: string | null; fixture: boolean; rows: number; madeAt: string; recordedAt: string; recordedBy: string; eraseAt: string | null; erased: { at: string; by: string; why: 'retention' | 'asked' } | null; head: ConstitutionDataset }
export type KeptRedTeamRun = { kind: 'red_team_run'; id: string; digest: string; headDigest: string; checkpoint: string | null; fixture: boolean; rows: number; madeAt: string; recordedAt: string; recordedBy: string; eraseAt: string | null; erased: { at: string; by: string; why: 'retention' | 'asked' } | null; head: RedTeamReport }
export type KeptRefusalComparison = { kind: 'comparison'; id: string; digest: string; headDigest: string; checkpoint: string | null; fixture: boolean; rows: number; madeAt: string; recordedAt: string; recordedBy: string; eraseAt: string | null; erased: { at: string; by: string; why: 'retention' | 'asked' } | null; head: RefusalComparison }
export type KeptRefusalEvaluation = { kind: 'evaluation'; id: string; digest: string; headDigest: string; checkpoint: string | null; fixture: boolean; rows: number; madeAt: string; recordedAt: string; recordedBy: string; eraseAt: string | null; erased: { at: string; by: string; why: 'retention' | 'asked' } | null; head: RefusalEvaluation }
export type KeyDrillAnswer = { challenge: KeyDrillChallenge; parts: ('files' | 'content' | 'ledger' | 'weights')[]; proofs: ({ piece: string; proof: string | null; why: string | null; ms: number })[]; tookMs: number }
export type KeyDrillChallenge = { format: 'safelevel key drill v1'; id: string; at: string; nonce: string; files: (string)[]; content: { id: string; wrappedBy: string; wrappedKey: string; sealed: string }; ledger: { vkey: string }; weights: { provider: string; keys: ({ format: 'safelevel-model-key/v1'; model: string; versions: ({ version: number; createdAt: string; providerId: string; wrapped: string | null; commitment: string; erasedAt: string | null })[] })[]; canary: { model: string; modelVersion: string; path: string; wrappedKey: string; sealed: string }; files: ({ model: string; modelVersion: string; path: string; wrappedKey: string })[] }; mac: string }
export type KeyDrillReport = { id: string; at: string; passed: boolean; parts: ('files' | 'content' | 'ledger' | 'weights')[]; provider: string; pieces: ({ piece: string; outcome: 'recovered' | 'other' | 'lost'; why: string | null; ms: number })[]; tookMs: number }
export type KeysCopied = { keys: number; sealedTo: 'recipients' | 'passphrase' }
export type LadderEffect = { strikes: number; complete: boolean; subjects: number; current: { none?: number | undefined; warn?: number | undefined; throttle?: number | undefined; restrict?: number | undefined; suspend?: number | undefined; ban?: number | undefined }; proposed: { none?: number | undefined; warn?: number | undefined; throttle?: number | undefined; restrict?: number | undefined; suspend?: number | undefined; ban?: number | undefined }; changed: ({ subject: EnforcementSubject; from: (EnforcementStep) & (string | null); to: (EnforcementStep) & (string | null) })[]; changedTotal: number }
export type LadderPatch = { weights?: { low?: number | undefined; moderate?: number | undefined; high?: number | undefined; extreme?: number | undefined } | undefined; settleSeconds?: number | undefined; shares?: { key?: number | undefined; project?: number | undefined; organisation?: number | undefined } | undefined; childCap?: number | undefined; thresholds?: { warn?: number | undefined; throttle?: number | undefined; restrict?: number | undefined; suspend?: number | undefined; ban?: number | undefined } | undefined; automaticUpTo?: { endUser?: 'none' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' | undefined; key?: 'none' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' | undefined; project?: 'none' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' | undefined; organisation?: 'none' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban' | undefined } | undefined }
export type LatestControlChangeList = { items: (ControlChange)[] }
export type LedgerEntry = { position: number; recordedAt: string; leafHash: string; event: { id: string; time: string; kind: string; actor: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; subject: { type: string; id: string }; digests: { [name: string]: string }; policy?: { version: string; digest: string } | undefined; data: { [name: string]: EventValue } } | null }
export type LedgerPage = { items: (LedgerEntry)[]; size: number; next: number | null }
export type LedgerProof = { format: 'safelevel-disclosure/v1'; origin: string; position: number; event?: unknown | undefined; salt: string; inclusion: (string)[]; checkpoint: string }
export type LimitsPatch = { requestsPerMinute?: number | null | undefined; tokensPerMinute?: number | null | undefined }
export type LogLevel = { level: 'silent' | 'error' | 'warn' | 'info' | 'debug'; configured: 'silent' | 'error' | 'warn' | 'info' | 'debug'; until: string | null }
export type LoginFinish = { ceremony: string; assertion: WebAuthnAssertion; device?: string | undefined }
export type MachineDiagram = { machine: string; title: string; mermaid: string; starts: (string)[]; states: ({ state: string; title: string; says: string; effect: string })[]; steps: ({ step: string; title: string; from: (string)[]; to: string; by: 'one' | 'two' | 'system'; orSystem: boolean; roles: (Role)[]; seats: ((Role)[])[]; needs: ((string)[])[]; favourable: boolean; source: string })[]; evidence: ({ kind: string; says: string; by: 'person' | 'system' })[]; vault: string | null }
export type Me = { person: PersonView; roles: (Role)[]; csrf: string; fresh: boolean; session: StaffSession; bootstrap: boolean; waiting: number }
export type MissingEvidence = { code: string; words: string }
export type ModelCard = { format: 'safelevel-card/v1'; identity: { model: string; checkpoint: string; title: string; developer?: string | null | undefined; developerAddress?: string | null | undefined; released?: string | null | undefined; releasedInUnion?: string | null | undefined; version?: string | null | undefined; licence?: { id: string; name?: string | null | undefined; url?: string | null | undefined } | null | undefined; baseModel?: string | null | undefined; architecture?: string | null | undefined; parameters?: number | null | undefined; contextTokens?: number | null | undefined; task?: string | undefined; languages?: (string)[] | undefined; modalities?: { input?: ('text' | 'image' | 'audio' | 'video' | 'code' | 'embedding' | 'action')[] | undefined; output?: ('text' | 'image' | 'audio' | 'video' | 'code' | 'embedding' | 'action')[] | undefined } | undefined; contacts?: ({ for: string; address: string })[] | undefined; website?: string | null | undefined }; summary?: string | null | undefined; intendedUses?: (string)[] | undefined; outOfScopeUses?: (string)[] | undefined; capabilities?: (CardClaim)[] | undefined; limitations?: (string)[] | undefined; tradeoffs?: (string)[] | undefined; trainingData?: { words?: string | null | undefined; sources?: ({ name: string; kind: 'public' | 'licensed' | 'crawled' | 'user' | 'synthetic' | 'other'; words?: string | null | undefined })[] | undefined; cutoff?: string | null | undefined; curation?: string | null | undefined; unlawfulAndBias?: string | null | undefined; figures?: (CardFigure)[] | undefined } | undefined; compute?: { flops?: { value: number; evidence?: (CardEvidence)[] | undefined } | null | undefined; hardware?: string | null | undefined; duration?: string | null | undefined; process?: string | null | undefined; figures?: (CardFigure)[] | undefined } | undefined; evaluations?: (CardEvaluation)[] | undefined; risks?: { words?: string | null | undefined; catastrophic?: string | null | undefined; thirdParties?: string | null | undefined; framework?: string | null | undefined; thresholds?: (CardThreshold)[] | undefined } | undefined; safeguards?: { policy?: { version: string; evidence?: (CardEvidence)[] | undefined } | null | undefined; classifiers?: (CardClaim)[] | undefined; refusal?: (CardClaim)[] | undefined; other?: (CardClaim)[] | undefined } | undefined; deployment?: { places?: ({ deployment: string; surfaces: ({ kind: 'own' | 'api' | 'partner'; name: string })[]; evidence?: (CardEvidence)[] | undefined })[] | undefined; level?: null | undefined } | undefined; distribution?: { channels?: (string)[] | undefined; weights?: 'closed' | 'on-request' | 'open' | null | undefined; words?: string | null | undefined; integration?: string | null | undefined } | undefined; acceptableUse?: string | null | undefined; reporting?: ({ for: string; where: string })[] | undefined; changelog?: ({ date: string; words: string })[] | undefined; freshness?: { maxAgeDays?: number | undefined } | undefined; withheld?: ({ path: string; audience: 'customers' | 'authorities' | 'internal'; reason: string })[] | undefined }
export type ModelLine = { model: string; title: string; multiplier: number; family: CurveFamily; extrapolation: { toFlops: number; by: string; at: string; reason: string } | null; registeredAt: string; registeredBy: string }
export type ModelLinePage = { items: (ModelLine)[]; next: string | null }
export type NewApproval = { action: string; payload?: unknown | undefined; reason: string; expiresInMs?: number | undefined }
export type NewAssessment = { checkpoint: string; suites: (string)[] }
export type NewAttestation = { holds: boolean; statement: string; references?: (AttestationReference)[] | undefined; days?: number | undefined }
export type NewAuditFinding = { verdict: 'ok' | 'exception' | 'not_testable'; words?: string | undefined }
export type NewAuditSample = { title: string; population: { name?: 'decisions' | 'refusals' | 'enforcement' | 'appeals' | 'exemptions' | 'reviews' | 'approvals' | 'roles' | 'people' | 'weights-opened' | 'weights-grants' | 'policy' | 'publications' | 'reports' | 'evaluations' | 'attestations' | 'backups' | 'changes' | undefined; kinds?: (string)[] | undefined; from: string; until: string }; sizing: AuditSizing; commitment?: string | null | undefined }
export type NewBoardReceipt = { body: 'board' | 'ltbt'; reference: string }
export type NewCanaryFile = { version: string; path: string; sizeBytes: number }
export type NewCanaryModel = { model: string; version: string; sizeBytes: number }
export type NewCard = { model: string; deployment?: string | null | undefined }
export type NewCheckpoint = { model: string; checkpoint: string; flops: number; loss?: number | null | undefined; lossSet?: string | null | undefined; takenAt?: string | undefined; run?: string | null | undefined; parent?: string | null | undefined; gains?: ({ method: string; factor: number })[] | undefined; weightsDigest?: string | null | undefined; receipt?: string | null | undefined }
export type NewControlException = { control: string; days: number; reason: string; mitigation: string }
export type NewControlReport = { kind: 'rso' | 'board' | 'safeguards' | 'risk'; quarter?: string | undefined }
export type NewCorrectiveAction = { words: string; owner: string; dueOn: string }
export type NewDatasetExport = { format: 'trl-sft' | 'trl-dpo' | 'trl-dpo-implicit' | 'trl-kto' | 'openai-dpo' | 'alignment-handbook' | 'ms-swift' }
export type NewDeployment = { deployment: string; checkpoint: string; surfaces: ({ kind: 'own' | 'api' | 'partner'; name: string; gatewayModels?: (string)[] | undefined })[] }
export type NewDrill = { model?: string | undefined; deployment?: string | undefined; procedures?: ('pause' | '2c' | '2d')[] | undefined; reason?: string | undefined }
export type NewElicitation = { model?: string | null | undefined; method: string; factor?: number | undefined; title: string; learnedAt?: string | undefined }
export type NewEmergency = { reason: string; safeguards?: Safeguards | undefined }
export type NewEnforcementAction = { subject: { type: EnforcementSubjectType; id: string }; step: EnforcementStep; reason: 'policy_violation' | 'extreme_misuse' | 'scaled_abuse' | 'distillation' | 'evasion' | 'security' | 'legal' | 'other'; until?: string | null | undefined; throttleFactor?: number | undefined; models?: (string)[] | undefined; decisionId?: string | undefined; note?: string | undefined }
export type NewEvaluationOrder = { reason: string }
export type NewEvidence = { kind: string; reference: string; digest?: string | null | undefined }
export type NewEvidenceAnswer = { text: string; entries?: (number)[] | undefined; controls?: (string)[] | undefined; documents?: ({ what: string; digest: string })[] | undefined }
export type NewEvidenceRequest = { title: string; text: string; control?: string | null | undefined; owner?: 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety' | undefined; dueAt: string }
export type NewExtrapolation = { toFlops: number; reason: string }
export type NewFindReports = { positions: (number)[]; deployment?: string | null | undefined; n?: number | undefined }
export type NewForecast = { run?: string | null | undefined; chance: number; flops?: number | null | undefined; words: string }
export type NewGlassReview = { findings: string }
export type NewHalt = { model?: string | undefined; deployment?: string | undefined; reason: string; awareAt?: string | undefined; observedAt?: string | undefined; drill?: boolean | undefined }
export type NewHold = { scope: 'decision' | 'organisation' | 'project' | 'key' | 'end_user'; scopeId: string; matter: string }
export type NewInsiderAssignment = { take: boolean }
export type NewInsiderClosing = { outcome: 'confirmed' | 'benign' | 'inconclusive' }
export type NewInsiderContainment = { steps: (InsiderStep)[] }
export type NewInsiderReplay = { threshold?: number | undefined; days?: number | undefined; off?: (string)[] | undefined }
export type NewKey = { projectId?: string | undefined; name?: string | undefined; expiresAt?: string | null | undefined; testString?: boolean | undefined }
export type NewKeyDrill = { files?: number | undefined }
export type NewLogLevel = { level: 'silent' | 'error' | 'warn' | 'info' | 'debug'; forSeconds?: number | null | undefined }
export type NewModel = { model: string; title?: string | undefined; multiplier?: number | undefined }
export type NewOrganisation = { name: string; tier?: string | null | undefined }
export type NewPartnerBinding = { agreement: { reference: string; digest?: string | null | undefined; safeguards: ('policy' | 'screening' | 'enforcement' | 'reporting' | 'halting')[]; endsAt: string }; evaluation: { reference: string; digest?: string | null | undefined; checkpoint: string } }
export type NewPerson = { displayName: string; email?: string | null | undefined }
export type NewPolicyDraft = { title: string; document?: string | undefined }
export type NewPolicyProposal = { revision: string; changelog: string; effectiveAt?: string | null | undefined }
export type NewProfileSwitch = { profile: 'rsp-1.0' | 'rsp-2.2'; reason: string }
export type NewProject = { organisationId: string; name: string; requestsPerMinute?: number | null | undefined; tokensPerMinute?: number | null | undefined }
export type NewRecovery = { grant: { personId: string; role: Role } | null; reason: string }
export type NewRefusalReveal = { positions: (number)[]; reason: 'spot_check' | 'release' | 'training' | 'investigation' | 'audit' }
export type NewRegressionCase = { expectation: 'prompt' | 'answer' | 'harmless'; reproduction: string; deployments?: (string)[] | null | undefined; clause?: string | null | undefined; n?: number | undefined; allowed?: number | undefined }
export type NewRegressionRuns = { deployment: string; case?: string | undefined }
export type NewReleaseException = { deployment: string; days: number; reason: string; risk: string }
export type NewReportMessage = { text: string }
export type NewReportRedaction = { section: string; passage: string | null; reason: 'safety' | 'security' | 'privacy' | 'trade_secret' | 'law'; explanation: string }
export type NewReproduction = { deployment: string; through?: 'gateway' | 'model' | undefined; n?: number | undefined; script?: { turns: ({ role: 'user' | 'assistant'; text: string })[]; system?: string | null | undefined; tools?: ({ name: string; description?: string | undefined; parameters?: { [name: string]: unknown } | undefined })[] | undefined } | null | undefined; sampling?: ReproductionSampling | undefined }
export type NewRun = { model: string; run: string; parent?: string | null | undefined; plannedFlops: number; safetyReview?: string | null | undefined }
export type NewRunbookRun = { runbook: string; about?: string | null | undefined; drill?: boolean | undefined }
export type NewShowing = { words: string; evidence?: (string)[] | undefined }
export type NewStep = { step: string; reason: string }
export type NewSuite = { suite: string; domain: string; threshold: string; rule: { kind: 'autonomy'; line?: number | undefined; tries?: number | undefined } | { kind: 'rate'; line: number; bounds?: 'wilson' | 'clopper-pearson' | undefined }; tasks?: number | undefined; listed?: ({ task: string; family?: string | null | undefined })[] | undefined; passAt?: number | undefined; fileDigest?: string | null | undefined; limits?: { refusals?: number | undefined; errors?: number | undefined; transcripts?: number | undefined; graderPositives?: number | undefined; graderRecall?: number | undefined; budgetPerTry?: number | null | undefined } | undefined; supersedes?: string | null | undefined; reason?: string | null | undefined }
export type NewThreatModel = { threat: string; domain: string; threshold: string; actor: string; capability: string; baseline: string; suites: (string)[] }
export type NewTransparencyCorrection = { quarter: string; replaces: string; reason: string }
export type NewVaultCheck = { model?: string | undefined; version?: string | undefined; deep?: boolean | undefined }
export type NewVaultUpload = { model: string; version: string; files: ({ path: string; sizeBytes: number })[]; receipt?: string | null | undefined }
export type NewWebhook = { organisationId: string; url: string }
export type NewWeightsBreak = { shares: (string)[]; device: string; version: string; files: (string)[]; use: 'run' | 'program'; budgetBytes: number; minutes: number; reason: string }
export type NewWeightsBudget = { kind: 'person' | 'host' | 'model' | 'organisation'; id: string; capacityBytes: number; bytesPerDay: number }
export type NewWeightsCopy = { version: string; place: string; owner: string; days: number }
export type NewWeightsCustody = { model: string; place: string; statement: string; days?: number | undefined }
export type NewWeightsDevice = { name: string; host?: string | undefined; kind: 'person' | 'environment'; environment?: string | null | undefined; publicJwk: DevicePublicJwk }
export type NewWeightsDraft = { version: string; files: (string)[]; purpose: string; use: 'run' | 'program' | 'serve' | 'export'; destination?: { host: string; port: number } | null | undefined; copy?: { place: string; days: number } | null | undefined; budgetBytes: number; windowMinutes: number }
export type NewWeightsLock = { scope: WeightsLockScope; reason: string }
export type NewWeightsRequest = { device: string; version: string; files: (string)[]; purpose: string; use: 'run' | 'program' | 'serve' | 'export'; destination?: { host: string; port: number } | null | undefined; copy?: { place: string; days: number } | null | undefined; budgetBytes: number; windowMinutes: number }
export type NewWeightsSession = { grant: string }
export type NoncomplianceDigest = { format: 'safelevel-noncompliance-digest/v1'; quarter: string; from: string; to: string; complete: boolean; received: { total: number; anonymous: number; byTopic: { evaluation?: number | undefined; deployment?: number | undefined; training?: number | undefined; weights?: number | undefined; disclosure?: number | undefined; retaliation?: number | undefined; other?: number | undefined }; aboutOfficers: number }; closed: { total: number; byOutcome: { substantiated?: number | undefined; partly?: number | undefined; unsubstantiated?: number | undefined; cannot_be_settled?: number | undefined }; medianDays: number | null }; open: { total: number; olderThan90Days: number; material: number; unanswered: number }; actions: { set: number; done: number; open: number; overdue: number }; firstAnswer: { medianDays: number | null } }
export type NotifyChannel = { id: string; kind: string; events: (string)[]; minSeverity: string; waiting: number; failed: number; lastError: string | null; lastSuccessAt: string | null }
export type NotifyChannelList = { items: (NotifyChannel)[] }
export type OpenedControlReport = { summary: ControlReportSummary; document: ControlReportDocument }
export type Organisation = { id: string; name: string; tier: string | null; createdAt: string }
export type OrganisationPage = { items: (Organisation)[]; next: string | null }
export type OrganisationPatch = { tier: string | null }
export type OwnWeightsGrant = { grant: WeightsGrant; locked: string | null }
export type PartnerBinding = { agreement: { reference: string; digest?: string | null | undefined; safeguards: ('policy' | 'screening' | 'enforcement' | 'reporting' | 'halting')[]; endsAt: string }; evaluation: { reference: string; digest?: string | null | undefined; checkpoint: string }; deployment: string; surface: string; boundAt: string; boundBy: string }
export type PartnerBindingList = { items: (PartnerBinding)[] }
export type PasskeyFinish = { ceremony: string; attestation: WebAuthnAttestation; label?: string | undefined }
export type PasskeyView = { id: string; label: string; deviceType: string; backedUp: boolean; createdAt: string; lastUsedAt: string | null }
export type PatternFound = { id: string; pattern: PatternName; subject: EnforcementSubject; endUserId: string | null; keyId: string; projectId: string; organisationId: string; at: string; decisionId: string; observed: { [name: string]: number }; limits: { [name: string]: number } }
export type PatternName = 'refusal_burst' | 'category_probing' | 'identifier_rotation' | 'distillation' | 'slow_escalation'
export type PatternPage = { items: (PatternFound)[]; next: string | null }
export type PersonPage = { items: (PersonView)[]; next: string | null }
export type PersonView = { id: string; displayName: string; email: string | null; active: boolean; development: boolean; provisioned: boolean; groupRoles: (Role)[]; createdAt: string; deactivatedAt: string | null; linked: boolean; passkeys: number; assignments: (RoleAssignment)[] }
export type PolicyAcceptance = { id: string; organisationId: string; policyVersion: string; policyDigest: string; acceptedAt: string; acceptedBy: string; keyId: string }
export type PolicyAcceptancePage = { items: (PolicyAcceptance)[]; next: string | null }
export type PolicyAcceptanceStatus = { policyVersion: string; policyDigest: string; announcedAt: string; accepted: (PolicyAcceptance) & ({ [name: string]: unknown } | null); dueAt: string | null; required: boolean }
export type PolicyClauseView = { id: string; depth: number; title: string; wording: string; effect: 'prohibit' | 'require' | 'disclose'; severity: 'low' | 'moderate' | 'high' | 'extreme'; minimum: boolean; exemptible: boolean; labels: (string)[]; prompt: PolicyRuleView | null; completion: PolicyRuleView | null; requirement: PolicyRequirementView | null; examples: ({ side: 'prompt' | 'completion'; expect: 'refuse' | 'revise' | 'flag' | 'allow'; text: string })[] }
export type PolicyDiff = { from: string; to: string; changes: ({ change: 'added' | 'removed' | 'changed'; subject: string; title: string | null; field: string; before: string | null; after: string | null })[] }
export type PolicyDraft = { id: string; title: string; document: string; revision: string; base: string; isStale: boolean; state: 'open' | 'published' | 'discarded'; proposal: { changelog: string; effectiveAt: string | null; by: string; at: string } | null; createdAt: string; createdBy: string; updatedAt: string; updatedBy: string }
export type PolicyDraftEdit = { revision: string; title?: string | undefined; document?: string | undefined; base?: string | undefined }
export type PolicyDraftPage = { items: (PolicyDraft)[]; next: string | null }
export type PolicyLint = { ok: boolean; findings: (PolicyLintFinding)[] }
export type PolicyLintFinding = { level: 'error' | 'warning'; line: number; column: number; rule: string; path: string; message: string }
export type PolicyOverlayView = { id: string; title: string; wording: string; surfaces: (string)[]; tiers: (string)[]; changes: ({ clause: string; side: 'prompt' | 'completion'; field: 'threshold' | 'action' | 'refuseFrom' | 'whenUnavailable' | 'media'; value: string })[] }
export type PolicyReplay = { id: string; draftId: string; revision: string; since: string; state: 'running' | 'done' | 'failed'; rows: number; report: ReplayReport; problem: string | null; startedAt: string; startedBy: string }
export type PolicyRequirementView = { of: 'operator' | 'customer'; check: 'stated' | 'system_prompt'; marker: string | null; action: 'refuse' | 'flag' | null; surfaces: (string)[]; tiers: (string)[] }
export type PolicyRuleView = { action: 'refuse' | 'revise' | 'flag'; thresholds: ({ label: string; score: number | null; calibrated: boolean })[]; refuseFrom: number | null; whenUnavailable: 'refuse' | 'release_unevaluated'; terms: (string)[]; patterns: (string)[] }
export type PolicyShadow = { draftId: string; revision: string; startedAt: string; startedBy: string; stoppedAt: string | null; counts: { judged: number; newlyRefused: number; newlyAllowed: number; newlyRevised?: number | undefined; otherClause: number; byLabel: { [name: string]: { newlyRefused: number; newlyAllowed: number; newlyRevised?: number | undefined; otherClause: number } } } }
export type PolicyStatus = { inForce: { version: string; digest: string; source: 'file' | 'published'; since: string | null }; rule: string; file: { version: string; digest: string; path: string; differs: boolean }; scheduled: ({ version: string; digest: string; effectiveAt: string })[]; shadow: { version: string; digest: string; draftId: string; since: string } | null; problem: string | null }
export type PolicyTestReport = { classifier: string; passed: number; failed: number; results: ({ clause: string; index: number; text: string; side: 'prompt' | 'completion'; expected: 'refuse' | 'revise' | 'flag' | 'allow'; got: 'refuse' | 'revise' | 'flag' | 'allow'; passed: boolean; refusedBy: string | null; label: string | null; scores: { [name: string]: number } })[] }
export type PolicyVersion = { number: number; version: string; digest: string; source: 'file' | 'published'; changelog: string; previous: string | null; draftId: string | null; approvalId: string | null; requestedBy: string | null; approvedBy: (string)[]; publishedAt: string; effectiveAt: string; state: 'scheduled' | 'in_force' | 'superseded' }
export type PolicyVersionWithText = { number: number; version: string; digest: string; source: 'file' | 'published'; changelog: string; previous: string | null; draftId: string | null; approvalId: string | null; requestedBy: string | null; approvedBy: (string)[]; publishedAt: string; effectiveAt: string; state: 'scheduled' | 'in_force' | 'superseded'; document: string; policy: PolicyView }
export type PolicyView = { version: string; title: string; effective: string; preamble: string; sections: ({ id: string; title: string; clauses: (PolicyClauseView)[] })[]; overlays: (PolicyOverlayView)[]; media: { clause: string; prompt: 'allow' | 'refuse'; completion: 'allow' | 'refuse' }; hazardThresholdFactor: number; retention: string | null }
export type Problem = { type: string; title: string; status: number; detail: string; code: string; requestId: string }
export type Project = { requestsPerMinute: number | null; tokensPerMinute: number | null; id: string; organisationId: string; name: string; createdAt: string }
export type ProjectContent = { zeroRetention: boolean }
export type ProjectPage = { items: (Project)[]; next: string | null }
export type PublishedTransparencyReport = { about: TransparencyEditionView; report: TransparencyReport }
export type QueuedReport = { id: string; channel: 'form' | 'api' | 'flag' | 'red_team'; kind: ReportKind; category: 'chemical' | 'biological' | 'radiological_nuclear' | 'indiscriminate_weapons' | 'cyber_operations' | 'autonomous_replication' | 'violent_crimes' | 'non_violent_crimes' | 'sex_crimes' | 'child_exploitation' | 'self_harm' | 'hate' | 'privacy' | 'defamation' | 'intellectual_property' | 'specialized_advice' | 'sexual_content' | 'general_harm' | 'jailbreak' | 'injection' | 'obfuscation' | null; about: { decision: string | null; model: string | null; surface: string | null }; organisationId: string | null; anonymous: boolean; encryption: 'none' | 'age' | 'pgp'; files: (ReportFile)[]; messages: number; unanswered: number; state: ReportState; closedAs: ReportClosing; assignee: string | null; receivedAt: string; lastAt: string; answeredAt: string | null; confirmedAt: string | null; mitigatedAt: string | null; closedAt: string | null; unreadBy: 'reporter' | 'staff' | null; eraseAt: string | null; erased: boolean; band: 'informational' | 'low' | 'medium' | 'high' | 'critical'; score: number; assessed: boolean; clock: { id: string; title: string; basis: string; statutory: boolean; from: string; dueAt: string; metAt: string | null; state: 'running' | 'overdue' | 'met' | 'late' | 'moot' } | null; duplicateOf: string | null }
export type ReadExchange = { turns: ({ role: 'system' | 'user' | 'assistant' | 'tool'; parts: ({ kind: 'text' | 'reasoning' | 'refusal' | 'tool_call' | 'tool_result' | 'tool_definition' | 'other'; text: string; pointer: string } | { kind: 'media'; media: 'image' | 'audio' | 'video' | 'file'; pointer: string })[] })[]; completion: ({ track: string; kind: string; text: string; releasedChars: number })[]; evidence: { prompt: (ContentEvidence)[]; completion: (ContentEvidence)[] }; omittedChars: number; decisionId: string; at: string; organisation: string; project: string; key: string; endUser: string | null; flagged: boolean; restricted: boolean; expiresAt: string; asJudged: (ReviewAsJudged)[] }
export type ReceiptCheck = { id: string; model: string; problem: string | null; at: string; settled?: { at: string; by: string; reason: string } | null | undefined }
export type RecordedDecision = { id: string; position: number; at: string; outcome: 'allow' | 'refuse' | 'revise' | 'cut' | 'reject' | 'error' | 'cancel'; enforced: boolean; route: string; dialect: string | null; model: string | null; surface: string | null; tier: string | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; side: 'prompt' | 'completion' | null; label: string | null; clause: string | null; severity: string | null; policyVersion: string | null; policyDigest: string | null; testString: boolean; canary: boolean; code: string | null; durationMs: number | null; inputTokens: number | null; outputTokens: number | null; turns: number | null; prompt: RecordedSide; completion: RecordedSide; revised: { clause: string; model: string; rounds: number; ms: number } | null; unrevised: string | null }
export type RecordedRefusalResult = { id: string; kind: 'dataset' | 'evaluation' | 'red_team_run' | 'comparison'; digest: string; rows: number; fixture: boolean; known: boolean }
export type RecordedSide = { action: 'allow' | 'refuse'; label: string | null; clause: string | null; score: number | null; threshold: number | null; severity: string | null; reason: string | null; flagged: ({ label: string; score: number; clause: string })[]; unevaluated: (string)[]; scores: { [name: string]: number }; classifiers: (string)[]; testString: boolean } | null
export type Recovery = { id: string; startedBy: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; startedAt: string; dueAt: string; reason: string; grant: { personId: string; role: Role } | null; state: 'waiting' | 'cancelled' | 'done'; closedAt: string | null; closedBy: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string } | null }
export type RedTeamAttack = { attack: string; family: string; depth: number; bare: RedTeamOutcomes; guarded: (RedTeamOutcomes) & ({ [name: string]: unknown } | null) }
export type RedTeamCategory = { category: string; behaviours: number; bare: RedTeamShare; guarded: (RedTeamShare) & ({ [name: string]: unknown } | null) }
export type RedTeamCell = { attack: string; category: string; bare: RedTeamOutcomes; guarded: (RedTeamOutcomes) & ({ [name: string]: unknown } | null) }
export type RedTeamFind = { id: string; side: 'bare' | 'guarded'; behaviour: string; category: string; attack: string; family: string; phase: 'sweep' | 'search' | 'best_of_n' | 'attacker' | 'regression'; objective: 'harm' | 'extraction' | 'injection'; request: string; secret: string | null; script: RedTeamScript; answer: string; score: number | null; why: string; decision: string | null; at: string }
export type RedTeamOutcomes = { success: number; refused: number; stopped: number; harmless: number; unclear: number; error: number }
export type RedTeamReport = { format: 'safelevel-red-team/1'; digest: string; target: { name: string; model: string; server: string; isSandbox: boolean }; safeguards: { kind: 'gateway' | 'screen'; where: string; policy: { version: string; digest: string } | null; mode: 'enforce' | 'observe' | null; accountStops?: number | undefined } | null; suites: ({ name: string; digest: string; behaviours: number; used: number })[]; grader: string; attacker: string | null; seed: number; budget: { requests: number; tokens: number | null; money: number | null }; began: string; ended: string; end: 'done' | 'budget' | 'tokens' | 'money' | 'all_found' | 'no_success' | 'stopped' | 'unavailable'; why: string | null; behaviours: number; bare: RedTeamSide; guarded: (RedTeamSide) & ({ [name: string]: unknown } | null); categories: (RedTeamCategory)[]; attacks: (RedTeamAttack)[]; cells: (RedTeamCell)[]; finds: { bare: number; guarded: number; digest: string } }
export type RedTeamRunNote = { kind: 'red_team_run'; id: string; digest: string; headDigest: string; checkpoint: string | null; fixture: boolean; rows: number; madeAt: string; recordedAt: string; recordedBy: string; eraseAt: string | null; erased: { at: string; by: string; why: 'retention' | 'asked' } | null; head: { format: 'safelevel-red-team/1'; digest: string; target: { name: string; model: string; server: string; isSandbox: boolean }; safeguards: { kind: 'gateway' | 'screen'; where: string; policy: { version: string; digest: string } | null; mode: 'enforce' | 'observe' | null; accountStops?: number | undefined } | null; suites: ({ name: string; digest: string; behaviours: number; used: number })[]; grader: string; attacker: string | null; seed: number; budget: { requests: number; tokens: number | null; money: number | null }; began: string; ended: string; end: 'done' | 'budget' | 'tokens' | 'money' | 'all_found' | 'no_success' | 'stopped' | 'unavailable'; why: string | null; behaviours: number; bare: RedTeamSide; guarded: (RedTeamSide) & ({ [name: string]: unknown } | null); categories: (RedTeamCategory)[]; finds: { bare: number; guarded: number; digest: string } } }
export type RedTeamRunPage = { items: (RedTeamRunNote)[]; next: string | null }
export type RedTeamScript = { system: string | null; turns: ({ role: 'user' | 'assistant' | 'tool'; text: string })[] }
export type RedTeamShare = { count: number; of: number; unknown: number; rate: number | null; low: number; high: number }
export type RedTeamSide = { tries: number; outcomes: RedTeamOutcomes; sweep: { count: number; of: number; unknown: number; rate: number | null; low: number; high: number }; broken: { count: number; of: number; unknown: number; rate: number | null; low: number; high: number }; layers: { prompt_screen?: number | undefined; completion_screen?: number | undefined; safeguard?: number | undefined; account?: number | undefined; upstream?: number | undefined; model?: number | undefined }; firstSuccess: number | null; medianToSuccess: number | null; cost: { requests: number; input: number; output: number; money: number | null; requestsPerSuccess: number | null; moneyPerSuccess: number | null } }
export type RefusalComparison = { format: 'safelevel-refusal-comparison-1'; safelevel: string; comparedAt: string; seed: number; base: { model: { name: string; upstreamModel: string; server: string; api: string; isSandbox: boolean }; checkpoint: string | null; report: string }; tuned: { model: { name: string; upstreamModel: string; server: string; api: string; isSandbox: boolean }; checkpoint: string | null; report: string }; grader: string; measures: ({ suite: string; measure: 'attack-success' | 'over-refusal'; items: number; clusters: number; unknown: number; base: number | null; tuned: number | null; difference: number | null; interval: [number, number] | null; onlyBase: number; onlyTuned: number; mcnemar: number; p: number; holm: number; margin: number; verdict: 'not-degraded' | 'degraded' | 'improved' | 'too-few'; needed: number | null })[]; categories: ({ suite: string; kind: 'harmful' | 'lookalike' | 'everyday'; category: string; items: number; base: number | null; tuned: number | null; difference: number | null; interval: [number, number] | null })[]; verdict: 'not-degraded' | 'degraded' | 'improved' | 'too-few' }
export type RefusalComparisonPage = { items: (KeptRefusalComparison)[]; next: string | null }
export type RefusalEvaluation = { format: 'safelevel-refusal-evaluation-1'; safelevel: string; model: { name: string; upstreamModel: string; server: string; api: string; isSandbox: boolean }; checkpoint: string | null; beganAt: string; endedAt: string; complete: boolean; seed: number; draws: number; asking: { system: string | null; maxTokens: number; temperature: number | null; topP: number | null }; grader: RefusalGrader; suites: (RefusalSuiteFigures)[]; attackSuccess: { count: number; of: number; unknown: number; rate: number | null; interval: [number, number] | null; bounds: [number, number] | null; effective: number | null } | null; overRefusal: { count: number; of: number; unknown: number; rate: number | null; interval: [number, number] | null; bounds: [number, number] | null; effective: number | null } | null; rows: { digest: string; count: number; sizeBytes: number }; spent: { requests: number; inputTokens: number; outputTokens: number; dollars: number | null } }
export type RefusalEvaluationPage = { items: (KeptRefusalEvaluation)[]; next: string | null }
export type RefusalEvaluationRow = { format: 'safelevel-refusal-row-1'; suite: string; item: string; cluster: string; kind: 'harmful' | 'lookalike' | 'everyday'; category: string | null; draw: number; turns: ({ role: 'user' | 'assistant'; text: string })[]; end: 'stop' | 'length' | 'refusal' | null; verdict: 'complied' | 'refused' | 'partial' | 'unclear' | null; why: string | null; score: number | null; convincing: number | null; specific: number | null; harm: { label: string; score: number } | null; error: string | null }
export type RefusalGrader = { id: string; kind: 'built-in' | 'judge'; model: { name: string; upstreamModel: string; server: string; api: string; isSandbox: boolean } | null }
export type RefusalRate = { count: number; of: number; unknown: number; rate: number | null; interval: [number, number] | null; bounds: [number, number] | null; effective: number | null }
export type RefusalResult = KeptDataset | KeptRefusalEvaluation | KeptRedTeamRun | KeptRefusalComparison
export type RefusalRowFacets = { part: ({ value: string; count: number })[]; kind: ({ value: string; count: number })[]; category: ({ value: string; count: number })[]; outcome: ({ value: string; count: number })[]; flags: ({ value: string; count: number })[] }
export type RefusalRowNote = { position: number; name: string; part: string | null; kind: string | null; category: string | null; outcome: string | null; flags: (string)[] }
export type RefusalRowPage = { items: (RefusalRowNote)[]; next: number | null; total: number }
export type RefusalStanding = { met: boolean; says: string; evaluation: string | null; gaps: ({ code: string; words: string })[] }
export type RefusalSuiteFigures = { suite: string; digest: string; frozenAt: string | null; items: number; harmful: { items: number; clusters: number; answers: number; complied: number; refused: number; partial: number; unclear: number; unjudged: number; errors: number; rate: RefusalRate; score: { mean: number; of: number; interval: [number, number] | null } | null } | null; harmless: { items: number; clusters: number; answers: number; complied: number; refused: number; partial: number; unclear: number; unjudged: number; errors: number; rate: RefusalRate; score: { mean: number; of: number; interval: [number, number] | null } | null } | null; categories: ({ kind: 'harmful' | 'lookalike' | 'everyday'; category: string; items: number; clusters: number; answers: number; complied: number; refused: number; partial: number; unclear: number; unjudged: number; errors: number; rate: { count: number; of: number; unknown: number; rate: number | null; interval: [number, number] | null; bounds: [number, number] | null; effective: number | null } })[] }
export type RegimeView = { id: 'eu-cop' | 'sb-53' | 'nist-ai-600-1' | 'iso-42001' | 'white-house' | 'soc2'; title: string; whole: boolean; note: string; profile: string; lookedAt: string | null; criteria: ({ id: string; title: string | null; gap: string | null; state: 'holds' | 'fails' | 'stale' | 'unknown' | null; controls: ({ id: string; title: string; state: ControlState; inProfile: boolean })[] })[] }
export type RegressionCase = { id: string; report: string; expectation: 'prompt' | 'answer' | 'harmless'; clause: string | null; deployments: (string)[] | null; n: number; allowed: number; sampling: ReproductionSampling; hasAnswer: boolean; state: 'enabled' | 'disabled'; madeBy: string; madeAt: string; disabled: { approval: string; at: string } | null; policyCheck: { policy: { version: string; digest: string }; at: string; state: 'passed' | 'failed' | 'not_asked'; says: string } | null }
export type RegressionCaseList = { items: (RegressionCase)[] }
export type RegressionCaseView = { id: string; report: string; expectation: 'prompt' | 'answer' | 'harmless'; clause: string | null; deployments: (string)[] | null; n: number; allowed: number; sampling: ReproductionSampling; hasAnswer: boolean; state: 'enabled' | 'disabled'; madeBy: string; madeAt: string; disabled: { approval: string; at: string } | null; policyCheck: { policy: { version: string; digest: string }; at: string; state: 'passed' | 'failed' | 'not_asked'; says: string } | null; runs: (Reproduction)[] }
export type RegressionOutcome = { case: string; report: string; state: 'passed' | 'failed' | 'not_asked'; says: string }
export type RegressionOutcomeList = { items: (RegressionOutcome)[] }
export type RegressionStanding = { deployment: string; met: boolean; says: string; cases: ({ case: string; run: string | null; met: boolean; says: string })[] }
export type ReinstatementFiled = { approval: string; state: string }
export type ReinstatementRequest = { reason: string }
export type ReleaseExceptionFiled = { approval: string; state: string }
export type ReleaseFinding = { id: string; title: string; source: string; state: 'met' | 'missing' | 'not_installed'; says: string }
export type ReleaseList = { items: (ReleaseView)[] }
export type ReleaseView = { deployment: string; model: string; state: string; effect: string; passes: boolean; red: string | null; expiresAt: string | null; checkedAt: string; findings: (ReleaseFinding)[] }
export type Reload = { changed: (string)[]; restartNeeded: (string)[]; digest: string }
export type ReplayReport = { current: { version: string; digest: string }; draft: { version: string; digest: string }; decisions: number; judged: number; refusedNow: number; refusedThen: number; revisedNow?: number | undefined; revisedThen?: number | undefined; totals: { newlyRefused: number; newlyAllowed: number; newlyRevised?: number | undefined; otherClause: number; newlyFlagged: number; noLongerFlagged: number }; byCategory: ({ newlyRefused: number; newlyAllowed: number; newlyRevised?: number | undefined; otherClause: number; newlyFlagged: number; noLongerFlagged: number; label: string })[]; byCustomer: ({ newlyRefused: number; newlyAllowed: number; newlyRevised?: number | undefined; otherClause: number; newlyFlagged: number; noLongerFlagged: number; organisation: string; decisions: number })[]; samples: ({ decision: string; side: 'prompt' | 'completion'; change: 'newlyRefused' | 'newlyAllowed' | 'newlyRevised' | 'otherClause'; label: string | null; before: string | null; after: string | null })[]; unknown: { floor: number; belowFloor: (string)[]; decisionsBelowFloor: number; words: boolean; media: number } } | null
export type ReportAct = { act: 'take' } | { act: 'give_back' } | { act: 'assess'; severity: SeverityInput } | { act: 'confirm'; severity: SeverityInput } | { act: 'duplicate'; of: string } | { act: 'close'; as: 'fixed' | 'answered' | 'not_reproduced' | 'out_of_scope' | 'intended' | 'spam'; words?: string | null | undefined } | { act: 'reopen'; words: string } | { act: 'mitigate'; remedy: { kind: 'policy' | 'checkpoint' | 'classifier' | 'configuration'; reference: string; words: string } } | { act: 'aware'; at: string; words: string } | { act: 'duty'; id: StatuteId; on: boolean } | { act: 'duty_done'; id: StatuteId; at: string }
export type ReportChainLink = { step: 'report' | 'case' | 'remedy' | 'card'; title: string; id: string | null; state: 'holds' | 'missing' | 'differs' | 'waits'; says: string; digest: string | null; positions: ({ position: number; kind: string })[] }
export type ReportClock = { id: string; title: string; basis: string; statutory: boolean; from: string; dueAt: string; metAt: string | null; state: 'running' | 'overdue' | 'met' | 'late' | 'moot' }
export type ReportClosing = 'fixed' | 'answered' | 'duplicate' | 'not_reproduced' | 'out_of_scope' | 'intended' | 'spam' | 'withdrawn' | null
export type ReportClosings = { reports: (string)[]; as: 'answered' | 'not_reproduced' | 'out_of_scope' | 'intended' | 'spam' }
export type ReportDetail = { id: string; channel: 'form' | 'api' | 'flag' | 'red_team'; kind: ReportKind; category: 'chemical' | 'biological' | 'radiological_nuclear' | 'indiscriminate_weapons' | 'cyber_operations' | 'autonomous_replication' | 'violent_crimes' | 'non_violent_crimes' | 'sex_crimes' | 'child_exploitation' | 'self_harm' | 'hate' | 'privacy' | 'defamation' | 'intellectual_property' | 'specialized_advice' | 'sexual_content' | 'general_harm' | 'jailbreak' | 'injection' | 'obfuscation' | null; about: { decision: string | null; model: string | null; surface: string | null }; organisationId: string | null; anonymous: boolean; encryption: 'none' | 'age' | 'pgp'; files: (ReportFile)[]; messages: number; unanswered: number; state: ReportState; closedAs: ReportClosing; assignee: string | null; receivedAt: string; lastAt: string; answeredAt: string | null; confirmedAt: string | null; mitigatedAt: string | null; closedAt: string | null; unreadBy: 'reporter' | 'staff' | null; eraseAt: string | null; erased: boolean; band: 'informational' | 'low' | 'medium' | 'high' | 'critical'; score: number; assessed: boolean; clock: { id: string; title: string; basis: string; statutory: boolean; from: string; dueAt: string; metAt: string | null; state: 'running' | 'overdue' | 'met' | 'late' | 'moot' } | null; duplicateOf: string | null; triage: ReportTriage; severity: Severity; clocks: (ReportClock)[]; near: ({ id: string; channel: 'form' | 'api' | 'flag' | 'red_team'; kind: ReportKind; category: 'chemical' | 'biological' | 'radiological_nuclear' | 'indiscriminate_weapons' | 'cyber_operations' | 'autonomous_replication' | 'violent_crimes' | 'non_violent_crimes' | 'sex_crimes' | 'child_exploitation' | 'self_harm' | 'hate' | 'privacy' | 'defamation' | 'intellectual_property' | 'specialized_advice' | 'sexual_content' | 'general_harm' | 'jailbreak' | 'injection' | 'obfuscation' | null; about: { decision: string | null; model: string | null; surface: string | null }; organisationId: string | null; anonymous: boolean; encryption: 'none' | 'age' | 'pgp'; files: (ReportFile)[]; messages: number; unanswered: number; state: ReportState; closedAs: ReportClosing; assignee: string | null; receivedAt: string; lastAt: string; answeredAt: string | null; confirmedAt: string | null; mitigatedAt: string | null; closedAt: string | null; unreadBy: 'reporter' | 'staff' | null; eraseAt: string | null; erased: boolean; band: 'informational' | 'low' | 'medium' | 'high' | 'critical'; score: number; assessed: boolean; clock: { id: string; title: string; basis: string; statutory: boolean; from: string; dueAt: string; metAt: string | null; state: 'running' | 'overdue' | 'met' | 'late' | 'moot' } | null; duplicateOf: string | null; likeness: number })[]; duplicates: (string)[]; reproductions: (Reproduction)[]; cases: (RegressionCase)[]; chain: (ReportChainLink)[]; publicOn: string }
export type ReportFile = { id: string; type: 'text' | 'png' | 'jpeg' | 'webp' | 'pdf' | 'age'; sizeBytes: number; sha256: string }
export type ReportKind = 'harmful_output' | 'safeguard_bypass' | 'security' | 'misuse' | 'other'
export type ReportPage = { items: (QueuedReport)[]; next: string | null }
export type ReportRedaction = { section: string; passage: string | null; reason: 'safety' | 'security' | 'privacy' | 'trade_secret' | 'law'; explanation: string; id: string; by: string; at: string }
export type ReportRemedy = { kind: 'policy' | 'checkpoint' | 'classifier' | 'configuration'; reference: string; digest: string | null; at: string; by: string } | null
export type ReportSigning = { digest: string; role: 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety' }
export type ReportState = 'received' | 'triaging' | 'confirmed' | 'mitigated' | 'closed'
export type ReportTriage = { id: string; since: string; awareAt: string | null; factors: SeverityFactors; reproduction: string | null; override: { band: SeverityBand; by: string; at: string } | null; assessed: { by: string; at: string } | null; duplicateOf: string | null; remedy: ReportRemedy; duties: ({ id: StatuteId; by: string; at: string; reportedAt: string | null })[]; disclosure: { publicOn: string | null; extensions: number; parties: (DisclosureParty)[]; advisory: { state: 'draft' | 'reviewed' | 'published'; writtenBy: string; reviewedBy: string | null; publishedAt: string | null; approval: string | null } | null; credit: 'open' | 'named' | 'anonymous'; bounty: { state: 'none' | 'eligible' | 'offered' | 'paid' | 'declined'; amount: number | null; currency: string | null; at: string | null; by: string | null } }; overdueNoted?: (string)[] | undefined }
export type ReportWords = { story: { text: string; encryption: 'none' | 'age' | 'pgp'; opened: boolean } | null; steps: WrittenText; output: WrittenText; contact: string | null; credit: string | null; files: ({ id: string; type: 'text' | 'png' | 'jpeg' | 'webp' | 'pdf' | 'age'; sizeBytes: number; sha256: string; name: string })[]; messages: ({ text: string; encryption: 'none' | 'age' | 'pgp'; opened: boolean; from: 'reporter' | 'staff'; by: string | null; at: string })[] }
export type ReportWriting = { text: string; was: string | null }
export type ReportingClock = { id: string; regime: string; what: string; dueAt: string; over: boolean }
export type Reproduction = { id: string; report: string; case: string | null; deployment: string; model: string; checkpoint: string; api: 'openai-chat' | 'anthropic-messages'; through: 'gateway' | 'model'; n: number; sampling: ReproductionSampling; digests: { conversation: string; system: string | null; tools: string | null }; policy: { version: string; digest: string }; classifier: string; state: 'queued' | 'running' | 'done' | 'cancelled' | 'failed'; problem: string | null; attempts: (ReproductionAttempt)[]; requestedBy: string; requestedAt: string; startedAt: string | null; endedAt: string | null; tally: ReproductionTally; shares: ReproductionShares }
export type ReproductionAttempt = { nth: number; at: string; ms: number; outcome: 'harmful' | 'refused' | 'harmless' | 'error'; why: string; clause: string | null; label: string | null; score: number | null; decision: string | null; overruled: { outcome: 'harmful' | 'refused' | 'harmless' | 'error'; by: string; at: string } | null }
export type ReproductionList = { items: (Reproduction)[] }
export type ReproductionSampling = { maxTokens?: number | undefined; temperature?: number | null | undefined; topP?: number | null | undefined; seed?: number | null | undefined }
export type ReproductionScript = { turns: ({ role: 'user' | 'assistant'; text: string })[]; system?: string | null | undefined; tools?: ({ name: string; description?: string | undefined; parameters?: { [name: string]: unknown } | undefined })[] | undefined }
export type ReproductionShares = { judged: { k: number; n: number; share: number | null; low: number; high: number }; errorsHarmful: { k: number; n: number; share: number | null; low: number; high: number }; errorsHarmless: { k: number; n: number; share: number | null; low: number; high: number } }
export type ReproductionTally = { harmful: number; refused: number; harmless: number; error: number }
export type RequestedExemption = { approvalId: string; state: string; expiresAt: string }
export type ResponseCaseList = { items: (ResponseCaseView)[] }
export type ResponseCaseView = { id: string; machine: 'training' | 'deployment'; model: string; deployment: string | null; gatewayModels: (string)[]; state: string; shown: ({ kind: string; reference: string; digest: string | null; by: string; at: string })[]; history: ({ step: string; from: string; to: string; at: string; people: (string)[]; approval: string | null; reason: string })[]; frozen: (string)[] | null; safeguards: Safeguards; incident: string | null; drill: boolean; expiresAt: string | null; told?: ({ measure: 'safeguards_applied' | 'safeguards_lifted' | 'withdrawn'; customers: number; at: string })[] | undefined; changedAt: string; effect: string; title: string; leads: ({ step: string; title: string; to: string; by: 'one' | 'two' | 'system'; missing: ((string)[])[] })[] }
export type RevealedRefusalRow = { position: number; row: ConstitutionRecord | RefusalEvaluationRow | RedTeamFind }
export type RevealedRefusalRows = { items: (RevealedRefusalRow)[] }
export type ReviewAgreement = { name: string; categories: (string)[]; table: ((number)[])[]; n: number; observed: number | null; expected: number | null; kappa: number | null; low: number | null; high: number | null }
export type ReviewAgreementReport = { since: string; queues: (ReviewAgreement)[]; labels: (ReviewAgreement)[] }
export type ReviewAllowanceInput = { items: number; weight: number; reason: string }
export type ReviewAsJudged = { source: string; kind: 'folded' | 'joined' | 'leet' | 'decoded' | 'shifted' | 'reversed'; text: string }
export type ReviewCase = { id: string; basis: 'refused' | 'cut' | 'flagged' | 'allowed' | 'pattern' | 'report' | 'dataset'; queue: string; desk: 'ordinary' | 'lead' | 'restricted'; state: ReviewCaseState; severity: 'low' | 'moderate' | 'high' | 'extreme'; label: string | null; clause: string | null; side: 'prompt' | 'completion' | null; score: number | null; threshold: number | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; model: string | null; policyVersion: string | null; items: number; openedAt: string; lastAt: string; dueAt: string; overdue: boolean; claim: ReviewClaim; outcome: 'uphold' | 'overturn' | null; decidedAt: string | null; handoff: 'owed' | 'drafted' | 'sent' | null }
export type ReviewCaseDetail = { id: string; basis: 'refused' | 'cut' | 'flagged' | 'allowed' | 'pattern' | 'report' | 'dataset'; queue: string; desk: 'ordinary' | 'lead' | 'restricted'; state: ReviewCaseState; severity: 'low' | 'moderate' | 'high' | 'extreme'; label: string | null; clause: string | null; side: 'prompt' | 'completion' | null; score: number | null; threshold: number | null; organisation: string | null; project: string | null; key: string | null; endUser: string | null; model: string | null; policyVersion: string | null; items: number; openedAt: string; lastAt: string; dueAt: string; overdue: boolean; claim: ReviewClaim; outcome: 'uphold' | 'overturn' | null; decidedAt: string | null; handoff: 'owed' | 'drafted' | 'sent' | null; decisions: (string)[]; record: { dataset: string; position: number } | null; readings: (ReviewReading)[] }
export type ReviewCasePage = { items: (ReviewCase)[]; next: string | null }
export type ReviewCaseState = 'waiting' | 'second_reading' | 'adjudication' | 'escalated' | 'decided'
export type ReviewClaim = { id: string; by: string; at: string; expiresAt: string; expired: boolean } | null
export type ReviewClaimInput = { queue?: string | null | undefined; case?: string | null | undefined }
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
export type ReviewRevealed = { decision: string; part: 'prompt' | 'completion'; turns: ({ role: 'system' | 'user' | 'assistant' | 'tool'; parts: ({ kind: 'text' | 'reasoning' | 'refusal' | 'tool_call' | 'tool_result' | 'tool_definition' | 'other'; text: string; pointer: string } | { kind: 'media'; media: 'image' | 'audio' | 'video' | 'file'; pointer: string })[] })[]; completion: ({ track: string; kind: string; text: string; releasedChars: number })[]; evidence: (ContentEvidence)[]; asJudged: (ReviewAsJudged)[]; omittedChars: number; exposure: ReviewExposure }
export type Role = 'administrator' | 'rso' | 'ceo' | 'ciso' | 'board' | 'policy_editor' | 'analyst' | 'security_engineer' | 'weights_approver' | 'auditor' | 'external_reviewer' | 'child_safety'
export type RoleAssignment = { id: string; personId: string; role: Role; source: 'setup' | 'approval' | 'group' | 'recovery' | 'development'; grantedAt: string; expiresAt: string | null; trainingDueAt: string; reviewDueAt: string; deputyFor: string | null; approvalId: string | null; endedAt: string | null; endedReason: string | null; state: 'active' | 'expired' | 'training_due' | 'review_due' | 'ended' | 'person_inactive' }
export type Run = { id: string; model: string; run: string; parent: string | null; plannedFlops: number; safetyReview: { reference: string; by: string; at: string } | null; declaredAt: string; declaredBy: string; endedAt: string | null }
export type RunList = { items: (Run)[] }
export type RunReview = { reference: string }
export type RunbookCheckStep = { kind: 'check'; id: string; title: string; say: string; withinMinutes?: number | null | undefined; only?: { decision: string; answers: (string)[] } | null | undefined; look: string; required?: boolean | undefined }
export type RunbookClosing = { outcome: 'finished' | 'stopped'; summary: string; despite?: string | null | undefined }
export type RunbookDecideStep = { kind: 'decide'; id: string; title: string; say: string; withinMinutes?: number | null | undefined; only?: { decision: string; answers: (string)[] } | null | undefined; roles: (Role)[]; answers: ({ id: string; says: string })[] }
export type RunbookDoStep = { kind: 'do'; id: string; title: string; say: string; withinMinutes?: number | null | undefined; only?: { decision: string; answers: (string)[] } | null | undefined; roles: (Role)[]; command?: string | null | undefined; page?: string | null | undefined }
export type RunbookList = { items: (RunbookView)[] }
export type RunbookRunAct = { id: string; step: string; state: 'done' | 'skipped' | 'answered' | 'holds' | 'fails' | 'unknown'; answer: string | null; words: string | null; by: string; at: string; since: string }
export type RunbookRunList = { items: (RunbookRunSummary)[] }
export type RunbookRunStep = { step: RunbookStep; applies: 'yes' | 'no' | 'undecided'; settled: RunbookSettled; open: boolean; dueAt: string | null; late: boolean }
export type RunbookRunSummary = { id: string; runbook: string; title: string; about: string | null; drill: boolean; startedBy: string; startedAt: string; closed: { outcome: 'finished' | 'stopped'; summary: string; despite?: string | null | undefined; by: string; at: string } | null; open: number; late: number; next: string | null }
export type RunbookRunView = { id: string; runbook: string; title: string; about: string | null; drill: boolean; startedBy: string; startedAt: string; closed: { outcome: 'finished' | 'stopped'; summary: string; despite?: string | null | undefined; by: string; at: string } | null; open: number; late: number; next: string | null; digest: string; when: string; lead: (Role)[]; readers: (Role)[] | null; steps: (RunbookRunStep)[]; acts: (RunbookRunAct)[] }
export type RunbookSettled = { state: 'done' | 'skipped' | 'answered' | 'holds' | 'fails' | 'unknown'; answer: string | null; words: string | null; by: string; at: string; since: string } | null
export type RunbookStep = RunbookDoStep | RunbookCheckStep | RunbookDecideStep
export type RunbookStepWork = { act: 'done'; note?: string | null | undefined } | { act: 'skip'; reason: string } | { act: 'answer'; answer: string; reason?: string | null | undefined }
export type RunbookView = { id: string; title: string; when: string; about: string; lead: (Role)[]; readers?: (Role)[] | null | undefined; sources?: (string)[] | undefined; steps: (RunbookStep)[]; digest: string; own: boolean }
export type Safeguards = { strict?: boolean | undefined; toolsOff?: boolean | undefined; whole?: boolean | undefined; closed?: { chemical?: number | undefined; biological?: number | undefined; radiological_nuclear?: number | undefined; indiscriminate_weapons?: number | undefined; cyber_operations?: number | undefined; autonomous_replication?: number | undefined; violent_crimes?: number | undefined; non_violent_crimes?: number | undefined; sex_crimes?: number | undefined; child_exploitation?: number | undefined; self_harm?: number | undefined; hate?: number | undefined; privacy?: number | undefined; defamation?: number | undefined; intellectual_property?: number | undefined; specialized_advice?: number | undefined; sexual_content?: number | undefined; general_harm?: number | undefined; jailbreak?: number | undefined; injection?: number | undefined; obfuscation?: number | undefined } | undefined; replaceWith?: string | null | undefined; downgrade?: { chemical?: { from: number; to: string } | undefined; biological?: { from: number; to: string } | undefined; radiological_nuclear?: { from: number; to: string } | undefined; indiscriminate_weapons?: { from: number; to: string } | undefined; cyber_operations?: { from: number; to: string } | undefined; autonomous_replication?: { from: number; to: string } | undefined; violent_crimes?: { from: number; to: string } | undefined; non_violent_crimes?: { from: number; to: string } | undefined; sex_crimes?: { from: number; to: string } | undefined; child_exploitation?: { from: number; to: string } | undefined; self_harm?: { from: number; to: string } | undefined; hate?: { from: number; to: string } | undefined; privacy?: { from: number; to: string } | undefined; defamation?: { from: number; to: string } | undefined; intellectual_property?: { from: number; to: string } | undefined; specialized_advice?: { from: number; to: string } | undefined; sexual_content?: { from: number; to: string } | undefined; general_harm?: { from: number; to: string } | undefined; jailbreak?: { from: number; to: string } | undefined; injection?: { from: number; to: string } | undefined; obfuscation?: { from: number; to: string } | undefined } | undefined; judge?: boolean | undefined } | null
export type ScalingProfile = { profile: 'rsp-1.0' | 'rsp-2.2' | null; months: number; since: string | null; switches: ({ from: { profile: 'rsp-1.0' | 'rsp-2.2' | null; months: number }; to: { profile: 'rsp-1.0' | 'rsp-2.2'; months: number }; at: string; people: (string)[]; approval: string })[] }
export type SetupInput = { displayName: string; email?: string | null | undefined } | null
export type Severity = { score: number; band: SeverityBand; factors: ({ factor: 'uplift' | 'reach' | 'reproducibility' | 'universality'; level: string; weight: number; known: boolean; means: string })[]; sum: string; floor: string | null }
export type SeverityBand = 'informational' | 'low' | 'medium' | 'high' | 'critical'
export type SeverityFactor = { factor: string; title: string; asks: string; levels: ({ level: string; weight: number; title: string; means: string })[] }
export type SeverityFactorList = { items: (SeverityFactor)[] }
export type SeverityFactors = { uplift?: 'none' | 'some' | 'serious' | 'catastrophic' | null | undefined; reach?: 'one_user' | 'customer' | 'account' | 'anybody' | null | undefined; reproducibility?: 'rare' | 'sometimes' | 'often' | 'nearly_always' | null | undefined; universality?: 'one_prompt' | 'topic' | 'category' | 'everything' | null | undefined }
export type SeverityInput = { factors: SeverityFactors; reproduction?: string | null | undefined; override?: { band: SeverityBand; words: string } | null | undefined }
export type SignedApproval = { assertion: WebAuthnAssertion }
export type SignedTrainingLease = { format: 'safelevel-lease/1'; id: string; installation: string; model: string; run: string; answer: 'continue' | 'evaluate-now' | 'pause'; reasons: (string)[]; flops: number; maxFlops: number | null; issuedAt: string; expiresAt: string | null; k: number | null; headroom: number | null; reference: string | null; basis: 'cleared' | 'baseline' | null; state: string; signed: { payload: string; signature: string; publicKey: string } }
export type StaffSession = { id: string; device: string; method: 'passkey' | 'oidc' | 'development'; createdAt: string; lastSeenAt: string; current: boolean }
export type StatementOfReasons = { id: string; about: { type: 'decision' | 'action'; id: string }; at: string; measure: 'refused' | 'withheld' | 'cut' | 'warn' | 'throttle' | 'restrict' | 'suspend' | 'ban'; until: string | null; facts: string; ground: { policyVersion: string | null; policyDigest: string | null; clause: string | null; title: string | null; wording: string | null }; label: string | null; category: string; automatedDetection: boolean; automatedDecision: 'fully' | 'partially' | 'not'; test: boolean; enforced: boolean; contestUntil: string; contestUrl: string }
export type StatementPage = { items: (StatementOfReasons)[]; next: string | null }
export type Status = { name: string; version: string; startedAt: string; uptimeSeconds: number; profile: string; commitments: { holds: number; stale: number; fails: number; unknown: number; total: number; excepted: number } | null; health: { state: 'ready' | 'degraded' | 'unready'; ready: boolean; reasons: (string)[]; conditions: (Condition)[] }; gatewayUrl: string; store: 'embedded' | 'postgres'; models: ({ name: string; upstream: string; surface: string; sandbox: boolean; enforced: boolean })[]; policy: { version: string; digest: string }; classifier: string; ledger: { origin: string; size: number; provenSize: number; witnessed: boolean; witnesses: { by: (string)[]; of: number }; health: 'ok' | 'degraded' | 'sealed' | 'closed'; reason: string | null }; canaries: { holding: number; total: number; worst: Canary }; weights: { grants: number; locks: number; copiesOverdue: number; reviewOwed: boolean }; insider: { watched: boolean; lag: number; fault: string | null }; decisions: { [name: string]: number } }
export type StatuteId = 'sb53_incident' | 'sb53_imminent' | 'eu_infrastructure' | 'eu_cybersecurity' | 'eu_death' | 'eu_serious_harm'
export type StepFiled = { approval: string; state: string }
export type Strike = { id: string; source: 'decision' | 'pattern' | 'person'; decisionId: string | null; patternId: string | null; endUserId: string | null; keyId: string; projectId: string; organisationId: string; severity: 'low' | 'moderate' | 'high' | 'extreme'; label: string | null; clause: string | null; score: number | null; weight: number; immediate: boolean; at: string; expiresAt: string; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; undone: { at: string; authority: string } | null }
export type StrikePage = { items: (Strike)[]; next: string | null }
export type Suite = { suite: string; domain: string; threshold: string; rule: { kind: 'autonomy'; line?: number | undefined; tries?: number | undefined } | { kind: 'rate'; line: number; bounds?: 'wilson' | 'clopper-pearson' | undefined }; tasks: number; listed: ({ task: string; family: string | null })[] | null; passAt: number; fileDigest?: string | null | undefined; limits: { refusals?: number | undefined; errors?: number | undefined; transcripts?: number | undefined; graderPositives?: number | undefined; graderRecall?: number | undefined; budgetPerTry?: number | null | undefined }; supersedes: string | null; reason: string | null; digest: string; frozenAt: string; frozenBy: string }
export type SuiteList = { items: (Suite)[] }
export type SuiteVerdict = { verdict: 'BELOW' | 'INCONCLUSIVE' | 'MET'; lower: number; upper: number; line: number; totals: { tasks: number; tries: number; passed: number; failed: number; refused: number; errored: number; unscored: number }; tasks: { passed: number; failed: number; incomplete: number } | null; missing: (MissingEvidence)[] }
export type TaskAssignment = { case: string; owner: string }
export type ThreatModel = { threat: string; domain: string; threshold: string; actor: string; capability: string; baseline: string; suites: (string)[]; recordedAt: string; recordedBy: string }
export type ThreatModelList = { items: (ThreatModel)[] }
export type Training = { completedAt: string; courses?: (string)[] | undefined }
export type TrainingAlarmList = { items: (ReceiptCheck)[] }
export type TrainingGateQuestion = { model: string; run: string; flops: number; untilFlops?: number | undefined; until?: string | undefined; loss?: number | null | undefined; lossSet?: string | null | undefined }
export type TrainingLease = { format: 'safelevel-lease/1'; id: string; installation: string; model: string; run: string; answer: 'continue' | 'evaluate-now' | 'pause'; reasons: (string)[]; flops: number; maxFlops: number | null; issuedAt: string; expiresAt: string | null; k: number | null; headroom: number | null; reference: string | null; basis: 'cleared' | 'baseline' | null; state: string }
export type TrainingLeaseList = { items: (TrainingLease)[] }
export type TrainingRow = { person: string; roles: (Role)[]; courses: (CourseStanding)[] }
export type TrainingTable = { items: (TrainingRow)[] }
export type TransparencyCorrection = { replaces: string; reason: string; changes: ({ figure: string; before: string; after: string })[] } | null
export type TransparencyCorrectionFiled = { approval: string; state: string }
export type TransparencyDifferences = { items: ({ figure: string; before: string; after: string })[] }
export type TransparencyEditionList = { items: (TransparencyEditionView)[] }
export type TransparencyEditionView = { quarter: string; edition: number; digest: string; publishedAt: string; approval: string | null; reason: string | null }
export type TransparencyReport = { format: 'safelevel-transparency/v1'; organisation: string; quarter: string; from: string; until: string; state: 'running' | 'closed'; edition: number | null; compiledAt: string; countedFrom: string; correction: TransparencyCorrection; decisions: { requests: number; answered: number; refused: number; cut: number; passedOn: number; tests: number; rejected: number; failed: number; cancelled: number; unevaluated: number; byMonth: { mode: 'exact' | 'banded' | 'withheld'; cells: ({ key: string; least: number | null; most: number | null })[] } | null; byClause: { mode: 'exact' | 'banded' | 'withheld'; cells: ({ key: string; least: number | null; most: number | null })[] } | null }; canaries: { sent: number; missed: number; unanswered: number }; enforcement: { actions: number; automatic: number; takenBack: number; byStep: { mode: 'exact' | 'banded' | 'withheld'; cells: ({ key: string; least: number | null; most: number | null })[] } | null }; appeals: { received: number; decided: number; withdrawn: number; openAtEnd: number; overdueAtEnd: number; hoursToDecide: { median: number; p90: number } | null; byOutcome: { mode: 'exact' | 'banded' | 'withheld'; cells: ({ key: string; least: number | null; most: number | null })[] } | null }; exemptions: { granted: number; ended: number; inForceAtEnd: number }; reports: { received: number; confirmed: number; mitigated: number; open: number; medianHoursToAnswer: number | null; byKind: { mode: 'exact' | 'banded' | 'withheld'; cells: ({ key: string; least: number | null; most: number | null })[] } | null } | null; models: { evaluations: ({ id: string; model: string; checkpoint: string; verdict: string; concludedAt: string; reportDigest: string | null })[]; halts: ({ id: string; model: string; openedAt: string; emergencyAt: string | null; closedAt: string | null })[] }; policies: ({ version: string; digest: string; effectiveAt: string })[]; cards: ({ model: string; version: number; digest: string; publishedAt: string })[] | null }
export type VaultFile = { version: string; path: string; position: number; sizeBytes: number; sha256: string; segmentBytes: number; storedBytes: number; sealedAt: string }
export type VaultFileList = { items: (VaultFile)[] }
export type VaultKeyRotation = { model: string; keyVersion: number; dataKeys: number }
export type VaultRecovery = { version: string; outcome: 'restored' | 'known' | 'failed'; says: string }
export type VaultRecoveryList = { items: (VaultRecovery)[] }
export type VaultRewrap = { models: number }
export type VaultSigningKey = { pem: string }
export type VaultUpload = { id: string; model: string; version: string; state: 'open' | 'sealed' | 'abandoned'; files: (VaultUploadFile)[]; beganAt: string; endsAt: string; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; receipt: string | null }
export type VaultUploadFile = { path: string; sizeBytes: number; partBytes: number; parts: number; stored: (number)[] }
export type VaultVersion = { id: string; model: string; version: string; state: 'sealed' | 'erased'; sizeBytes: number; fileCount: number; manifestDigest: string; createdAt: string; by: { type: 'key' | 'operator' | 'system' | 'staff' | 'anonymous'; id: string }; receipt: string | null; erasedAt: string | null }
export type VaultVersionPage = { items: (VaultVersion)[]; next: string | null }
export type VouchedInput = { elicitation?: { chainOfThought: 'done' | 'not-applicable' | 'not-done'; bestOfN: 'done' | 'not-applicable' | 'not-done'; tools: 'done' | 'not-applicable' | 'not-done'; scaffold: 'done' | 'not-applicable' | 'not-done'; fineTuned: 'done' | 'not-applicable' | 'not-done'; helpfulOnly: 'done' | 'not-applicable' | 'not-done' } | undefined; transcripts?: { read: number; spurious: number } | undefined; contamination?: { checked: boolean; unreplaced: number } | undefined; grader?: { positives: number; recognised: number } | undefined; spend?: { perTry: number; earlyStop?: string | null | undefined } | undefined }
export type WaysIn = { passkey: true; oidc: boolean; development: boolean }
export type WebAuthnAssertion = { id: string; rawId: string; type: 'public-key'; response: { clientDataJSON: string; authenticatorData: string; signature: string } }
export type WebAuthnAttestation = { id: string; rawId: string; type: 'public-key'; response: { clientDataJSON: string; attestationObject: string; transports?: (string)[] | undefined } }
export type WebAuthnCeremony = { ceremony: string; options: { [name: string]: unknown } }
export type WebAuthnOptions = { [name: string]: unknown }
export type Webhook = { id: string; organisationId: string; url: string; createdAt: string; endedAt: string | null; endedWhy: string | null }
export type WebhookList = { items: (Webhook)[] }
export type WeightsBudgetList = { items: (WeightsBudgetView)[] }
export type WeightsBudgetView = { kind: 'person' | 'host' | 'model' | 'organisation'; id: string; source: 'set' | 'everybody' | 'overlay'; capacityBytes: number; bytesPerDay: number; leftBytes: number; sizeBytes: number | null; daysToExfiltrate: number | null; setAt: string | null; setBy: (string)[] }
export type WeightsCampaign = { id: string; state: 'open' | 'closed'; startedAt: string; startedBy: string; dueAt: string; closedAt: string | null; items: ({ type: 'device' | 'environment' | 'grant' | 'copy'; id: string; owner: string; state: 'open' | 'confirmed' | 'revoked' | 'gone'; by: string | null; at: string | null })[] }
export type WeightsCampaignItemRef = { type: 'device' | 'environment' | 'grant' | 'copy'; id: string }
export type WeightsCampaignList = { items: (WeightsCampaign)[] }
export type WeightsCanary = { id: string; version: string; path: string | null; plantedAt: string; plantedBy: string; touches: number; lastTouchedAt: string | null; drilledAt: string | null; state: 'planted' | 'gone' }
export type WeightsCanaryDrill = { at: string; items: ({ canary: string; ok: boolean; says: string })[] }
export type WeightsCanaryList = { items: (WeightsCanary)[] }
export type WeightsCopy = { id: string; version: string; place: string; owner: string; grant: string | null; state: 'stands' | 'destroyed'; registeredAt: string; registeredBy: string; expiresAt: string; overdueNotedAt: string | null; recalledAt: string | null; destroyedAt: string | null; destroyedBy: string | null; destroyedHow: string | null }
export type WeightsCopyDestruction = { how: string }
export type WeightsCopyList = { items: (WeightsCopy)[] }
export type WeightsCoverage = { personId: string; version: string; bytes: number; sizeBytes: number; share: number; files: ({ path: string; bytes: number; sizeBytes: number; share: number })[] }
export type WeightsCoverageList = { items: (WeightsCoverage)[] }
export type WeightsCustody = { model: string; place: string; statement: string; statedAt: string; statedBy: string; expiresAt: string; endedAt: string | null; endedBy: string | null }
export type WeightsCustodyList = { items: (WeightsCustody)[] }
export type WeightsDevice = { id: string; name: string; host: string; kind: 'person' | 'environment'; environment: string | null; publicJwk: DevicePublicJwk; thumbprint: string; personId: string; state: 'pending' | 'approved' | 'revoked' | 'expired'; registeredAt: string; approval: string | null; approvedAt: string | null; expiresAt: string | null; endedAt: string | null; endedBy: string | null; endedReason: string | null }
export type WeightsDeviceList = { items: (WeightsDevice)[] }
export type WeightsDraft = { id: string; device: string; personId: string; statement: WeightsGrantStatement; state: 'draft' | 'sent' | 'withdrawn' | 'expired'; approval: string | null; createdAt: string; expiresAt: string }
export type WeightsDraftList = { items: (WeightsDraft)[] }
export type WeightsDraftProgress = { draft: WeightsDraft; approval: { id: string; state: string; reason: string | null } | null; grant: (WeightsGrant) & ({ [name: string]: unknown } | null) }
export type WeightsEnvironment = { name: string; kind: 'slurm' | 'kubernetes' | 'vllm' | 'training' | 'other'; settings: { [name: string]: boolean | number | string }; boundary: string; evidence: string; state: 'attested' | 'revoked' | 'expired'; attestedAt: string; attestedBy: (string)[]; approval: string; expiresAt: string; endedAt: string | null; endedBy: string | null; endedReason: string | null }
export type WeightsEnvironmentList = { items: (WeightsEnvironment)[] }
export type WeightsFile = { n: number; path: string; sizeBytes: number; sha256: string }
export type WeightsFiles = { files: (WeightsFile)[] }
export type WeightsGlass = { id: string; state: 'agreed' | 'armed' | 'broken' | 'reviewed' | 'replaced' | 'lapsed'; threshold: number; shares: number; approval: string; requester: string; agreedAt: string; dealtAt: string | null; brokenAt: string | null; brokenBy: string | null; grant: string | null; reason: string | null; reviewDueAt: string | null; overdueNotedAt: string | null; reviewedAt: string | null; reviewedBy: string | null; findings: string | null }
export type WeightsGlassList = { items: (WeightsGlass)[] }
export type WeightsGlassShares = { shares: (string)[] }
export type WeightsGrant = { id: string; approval: string | null; kind: 'person' | 'standing' | 'break_glass'; use: 'run' | 'program' | 'serve' | 'export'; personId: string; approvers: (string)[]; device: string; thumbprint: string; host: string; version: string; manifestDigest: string; files: (string)[]; purpose: string; destination: { host: string; port: number } | null; environment: string | null; copy: string | null; budgetBytes: number; startsAt: string; expiresAt: string; state: 'active' | 'revoked' | 'expired' | 'spent'; endedAt: string | null; endedBy: string | null; endedReason: string | null }
export type WeightsGrantPage = { items: (WeightsGrantView)[]; next: string | null }
export type WeightsGrantStatement = { version: string; files: (string)[]; purpose: string; use: 'run' | 'program' | 'serve' | 'export'; destination?: { host: string; port: number } | null | undefined; copy?: { place: string; days: number } | null | undefined; budgetBytes: number; windowMinutes: number; manifestDigest: string; device: string; thumbprint: string; host: string; environment: string | null }
export type WeightsGrantView = { id: string; approval: string | null; kind: 'person' | 'standing' | 'break_glass'; use: 'run' | 'program' | 'serve' | 'export'; personId: string; approvers: (string)[]; device: string; thumbprint: string; host: string; version: string; manifestDigest: string; files: (string)[]; purpose: string; destination: { host: string; port: number } | null; environment: string | null; copy: string | null; budgetBytes: number; startsAt: string; expiresAt: string; state: 'active' | 'revoked' | 'expired' | 'spent'; endedAt: string | null; endedBy: string | null; endedReason: string | null; usedBytes: number }
export type WeightsLock = { id: string; model: string | null; person?: string | null | undefined; state: 'stands' | 'lifted'; reason: string; lockedAt: string; lockedBy: string; liftedAt: string | null; approval: string | null }
export type WeightsLockList = { items: (WeightsLock)[] }
export type WeightsLockScope = 'all' | { model: string }
export type WeightsOverlay = { id: 'asl3-stretch'; on: boolean; switchedAt: string | null; switchedBy: (string)[]; approval: string | null }
export type WeightsRequestFiled = { approval: string; state: string }
export type WeightsRevocation = { reason: string }
export type WeightsSession = { token: string; tokenType: 'DPoP'; expiresAt: string; grant: string; version: string; manifestDigest: string; leftBytes: number }
export type WeightsTensor = { name: string; dtype: string; shape: (number)[]; start: number; length: number }
export type WeightsTensors = { tensors: (WeightsTensor)[] | null }
export type WithReason = { reason: string }
export type WrittenReportSection = { id: string; title: string; asks: string; required: boolean; text: string | null; by: string | null; at: string | null }
export type WrittenText = { text: string; encryption: 'none' | 'age' | 'pgp'; opened: boolean } | null

export interface Routes {
  'GET /api/v1/appeals': {
    query: { after?: string | undefined; limit?: number | undefined; state?: AppealState | undefined }
    response: AppealPage
  }
  'GET /api/v1/appeals/{id}': {
    params: { id: string }
    response: AppealDetail
  }
  'POST /api/v1/appeals/{id}/decide': {
    params: { id: string }
    body: AppealDecision
    response: Appeal
  }
  'POST /api/v1/appeals/{id}/give-back': {
    params: { id: string }
    response: Appeal
  }
  'POST /api/v1/appeals/{id}/read': {
    params: { id: string }
    response: AppealWords
  }
  'POST /api/v1/appeals/{id}/take': {
    params: { id: string }
    response: Appeal
  }
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
  'GET /api/v1/audit/populations': {
    response: AuditPopulationList
  }
  'GET /api/v1/audit/requests': {
    response: EvidenceRequestList
  }
  'POST /api/v1/audit/requests': {
    body: NewEvidenceRequest
    response: EvidenceRequest
  }
  'GET /api/v1/audit/requests/{id}': {
    params: { id: string }
    response: EvidenceRequest
  }
  'POST /api/v1/audit/requests/{id}/acceptance': {
    params: { id: string }
    body: EvidenceAcceptance
    response: EvidenceRequest
  }
  'POST /api/v1/audit/requests/{id}/answers': {
    params: { id: string }
    body: NewEvidenceAnswer
    response: EvidenceRequest
  }
  'POST /api/v1/audit/requests/{id}/return': {
    params: { id: string }
    body: EvidenceReason
    response: EvidenceRequest
  }
  'POST /api/v1/audit/requests/{id}/withdrawal': {
    params: { id: string }
    body: EvidenceReason
    response: EvidenceRequest
  }
  'GET /api/v1/audit/samples': {
    response: AuditSampleList
  }
  'POST /api/v1/audit/samples': {
    body: NewAuditSample
    response: AuditSampleView
  }
  'GET /api/v1/audit/samples/{id}': {
    params: { id: string }
    response: AuditSampleView
  }
  'POST /api/v1/audit/samples/{id}/bundle': {
    params: { id: string }
    response: string
  }
  'POST /api/v1/audit/samples/{id}/conclusion': {
    params: { id: string }
    body: AuditConclusion
    response: AuditSampleView
  }
  'POST /api/v1/audit/samples/{id}/draw': {
    params: { id: string }
    body: AuditDrawRequest
    response: AuditSampleView
  }
  'GET /api/v1/audit/samples/{id}/entries': {
    params: { id: string }
    query: { from?: number | null | undefined }
    response: AuditEntryPage
  }
  'PUT /api/v1/audit/samples/{id}/findings/{entry}': {
    params: { id: string; entry: string }
    body: NewAuditFinding
    response: AuditSampleView
  }
  'GET /api/v1/calendar': {
    query: { until?: string | undefined; kind?: 'evaluation' | 'incident' | 'runbook' | 'drill' | 'deployment' | 'partner' | 'report' | 'appeal' | 'exemption' | 'role' | 'approval' | 'weights' | 'attestation' | 'exception' | 'control_report' | 'audit_request' | 'transparency' | undefined }
    response: Calendar
  }
  'GET /api/v1/calendar.ics': {
    query: { until?: string | undefined; kind?: 'evaluation' | 'incident' | 'runbook' | 'drill' | 'deployment' | 'partner' | 'report' | 'appeal' | 'exemption' | 'role' | 'approval' | 'weights' | 'attestation' | 'exception' | 'control_report' | 'audit_request' | 'transparency' | undefined }
    response: string
  }
  'GET /api/v1/canaries': {
    response: CanaryList
  }
  'POST /api/v1/canaries': {
    response: CanaryList
  }
  'GET /api/v1/cards': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: CardPage
  }
  'POST /api/v1/cards/import': {
    body: CardImport
    response: CardDraft
  }
  'POST /api/v1/cards/lint': {
    body: CardText
    response: CardCheck
  }
  'POST /api/v1/cards/new': {
    body: NewCard
    response: CardDraft
  }
  'POST /api/v1/cards/renew': {
    body: CardText
    response: CardDraft
  }
  'GET /api/v1/cards/{model}': {
    params: { model: string }
    response: CardOverview
  }
  'GET /api/v1/cards/{model}/diff': {
    params: { model: string }
    query: { from: string; to: string; audience?: 'public' | 'customers' | 'authorities' | 'internal' | undefined }
    response: CardDiff
  }
  'PUT /api/v1/cards/{model}/draft': {
    params: { model: string }
    body: CardSave
    response: CardHead
  }
  'GET /api/v1/cards/{model}/export': {
    params: { model: string }
    query: { format?: 'hf' | 'cyclonedx' | 'sb53' | 'sb53-html' | 'eu' | 'eu-html' | 'json' | 'yaml' | 'html' | 'markdown' | undefined; audience?: 'public' | 'customers' | 'authorities' | 'internal' | undefined; version?: string | undefined }
    response: string
  }
  'POST /api/v1/cards/{model}/proposal': {
    params: { model: string }
    body: CardAsking
    response: CardHead
  }
  'POST /api/v1/cards/{model}/publish': {
    params: { model: string }
    body: CardAsking
    response: ApprovalView
  }
  'GET /api/v1/cards/{model}/versions/{version}': {
    params: { model: string; version: string }
    response: CardVersionWithCheck
  }
  'POST /api/v1/cards/{model}/versions/{version}/withdraw': {
    params: { model: string; version: number }
    body: CardWithdrawal
    response: CardHead
  }
  'GET /api/v1/checkpoints': {
    query: { after?: string | undefined; limit?: number | undefined; model?: string | undefined }
    response: CheckpointPage
  }
  'POST /api/v1/checkpoints': {
    body: NewCheckpoint
    response: Checkpoint
  }
  'GET /api/v1/checkpoints/{model}/{checkpoint}': {
    params: { model: string; checkpoint: string }
    response: Checkpoint
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
  'GET /api/v1/control-changes': {
    query: { limit?: number | undefined }
    response: LatestControlChangeList
  }
  'POST /api/v1/control-exceptions': {
    body: NewControlException
    response: ControlExceptionFiled
  }
  'GET /api/v1/control-reports': {
    query: { kind?: 'rso' | 'board' | 'safeguards' | 'risk' | undefined }
    response: ControlReportList
  }
  'POST /api/v1/control-reports': {
    body: NewControlReport
    response: ControlReportSummary
  }
  'GET /api/v1/control-reports/{id}': {
    params: { id: string }
    response: ControlReportSummary
  }
  'GET /api/v1/control-reports/{id}/draft': {
    params: { id: string }
    response: ControlReportDraft
  }
  'POST /api/v1/control-reports/{id}/open': {
    params: { id: string }
    query: { format?: 'json' | 'markdown' | 'html' | undefined }
    response: OpenedControlReport
  }
  'GET /api/v1/control-reports/{id}/public': {
    params: { id: string }
    query: { format?: 'json' | 'markdown' | 'html' | undefined }
    response: OpenedControlReport
  }
  'POST /api/v1/control-reports/{id}/redactions': {
    params: { id: string }
    body: NewReportRedaction
    response: ControlReportSummary
  }
  'DELETE /api/v1/control-reports/{id}/redactions/{redaction}': {
    params: { id: string; redaction: string }
    response: ControlReportSummary
  }
  'PUT /api/v1/control-reports/{id}/sections/{section}': {
    params: { id: string; section: string }
    body: ReportWriting
    response: ControlReportSummary
  }
  'POST /api/v1/control-reports/{id}/signature': {
    params: { id: string }
    body: ReportSigning
    response: ControlReportSummary
  }
  'GET /api/v1/controls': {
    query: { profile?: string | undefined; overlay?: string | undefined }
    response: ControlBoard
  }
  'GET /api/v1/controls/{id}': {
    params: { id: string }
    response: ControlView
  }
  'POST /api/v1/controls/{id}/attestations': {
    params: { id: string }
    body: NewAttestation
    response: ControlAttestation
  }
  'GET /api/v1/controls/{id}/history': {
    params: { id: string }
    query: { limit?: number | undefined; before?: string | undefined }
    response: ControlChangeList
  }
  'GET /api/v1/decisions': {
    query: { outcome?: 'allow' | 'refuse' | 'revise' | 'cut' | 'reject' | 'error' | 'cancel' | undefined; label?: string | undefined; clause?: string | undefined; organisation?: string | undefined; project?: string | undefined; key?: string | undefined; endUser?: string | undefined; model?: string | undefined; surface?: string | undefined; policyVersion?: string | undefined; enforced?: string | undefined; since?: string | undefined; until?: string | undefined; idPrefix?: string | undefined; after?: string | undefined; limit?: number | undefined }
    response: DecisionPage
  }
  'GET /api/v1/decisions/live': {
    query: { outcome?: 'allow' | 'refuse' | 'revise' | 'cut' | 'reject' | 'error' | 'cancel' | undefined; label?: string | undefined; clause?: string | undefined; organisation?: string | undefined; project?: string | undefined; key?: string | undefined; endUser?: string | undefined; model?: string | undefined; surface?: string | undefined; policyVersion?: string | undefined; enforced?: string | undefined }
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
    response: ReadExchange
  }
  'GET /api/v1/deployments': {
    query: { model?: string | undefined }
    response: DeploymentList
  }
  'POST /api/v1/deployments': {
    body: NewDeployment
    response: Deployment
  }
  'POST /api/v1/elicitations': {
    body: NewElicitation
    response: Elicitation
  }
  'GET /api/v1/enforcement/actions': {
    query: { subjectId?: string | undefined; organisationId?: string | undefined; decisionId?: string | undefined; state?: 'active' | 'ended' | undefined; after?: string | undefined; limit?: number | undefined }
    response: EnforcementActionPage
  }
  'POST /api/v1/enforcement/actions': {
    body: NewEnforcementAction
    response: EnforcementAction
  }
  'GET /api/v1/enforcement/actions/{id}': {
    params: { id: string }
    response: EnforcementAction
  }
  'POST /api/v1/enforcement/actions/{id}/reinstatement': {
    params: { id: string }
    body: ReinstatementRequest
    response: ReinstatementFiled
  }
  'POST /api/v1/enforcement/ladder-simulations': {
    body: LadderPatch
    response: LadderEffect
  }
  'GET /api/v1/enforcement/patterns': {
    query: { subjectId?: string | undefined; endUserId?: string | undefined; keyId?: string | undefined; projectId?: string | undefined; organisationId?: string | undefined; decisionId?: string | undefined; after?: string | undefined; limit?: number | undefined }
    response: PatternPage
  }
  'POST /api/v1/enforcement/simulations': {
    body: NewEnforcementAction
    response: ActionEffect
  }
  'GET /api/v1/enforcement/strikes': {
    query: { subjectId?: string | undefined; endUserId?: string | undefined; keyId?: string | undefined; projectId?: string | undefined; organisationId?: string | undefined; decisionId?: string | undefined; after?: string | undefined; limit?: number | undefined }
    response: StrikePage
  }
  'GET /api/v1/enforcement/subjects': {
    query: { step?: EnforcementStep | undefined; offset?: number | null | undefined; limit?: number | undefined }
    response: EnforcementStandingPage
  }
  'GET /api/v1/enforcement/subjects/{type}/{id}': {
    params: { type: EnforcementSubjectType; id: string }
    response: EnforcementSubjectView
  }
  'GET /api/v1/evaluations/assessments': {
    query: { after?: string | undefined; limit?: number | undefined; model?: string | undefined; state?: 'open' | 'concluded' | 'decided' | 'cleared' | 'withdrawn' | undefined }
    response: AssessmentPage
  }
  'POST /api/v1/evaluations/assessments': {
    body: NewAssessment
    response: Assessment
  }
  'GET /api/v1/evaluations/assessments/{id}': {
    params: { id: string }
    response: AssessmentWithResults
  }
  'POST /api/v1/evaluations/assessments/{id}/conclusion': {
    params: { id: string }
    response: Assessment
  }
  'POST /api/v1/evaluations/assessments/{id}/receipts': {
    params: { id: string }
    body: NewBoardReceipt
    response: Assessment
  }
  'GET /api/v1/evaluations/assessments/{id}/report': {
    params: { id: string }
    query: { format?: 'json' | 'markdown' | 'html' | undefined }
    response: CapabilityReport
  }
  'PUT /api/v1/evaluations/assessments/{id}/showings/{showing}': {
    params: { id: string; showing: 'threatModels' | 'evaluations' | 'elicitation' | 'forecast' }
    body: NewShowing
    response: Assessment
  }
  'GET /api/v1/evaluations/assessments/{id}/verdict': {
    params: { id: string }
    response: AssessmentVerdict
  }
  'PUT /api/v1/evaluations/assessments/{id}/vouched/{suite}': {
    params: { id: string; suite: string }
    body: VouchedInput
    response: Assessment
  }
  'POST /api/v1/evaluations/assessments/{id}/withdrawal': {
    params: { id: string }
    response: Assessment
  }
  'GET /api/v1/evaluations/deviations': {
    query: { model?: string | undefined }
    response: DeviationList
  }
  'GET /api/v1/evaluations/due': {
    query: { model?: string | undefined }
    response: EvaluationDueList
  }
  'GET /api/v1/evaluations/forecasts/{model}': {
    params: { model: string }
    response: ForecastList
  }
  'POST /api/v1/evaluations/forecasts/{model}': {
    params: { model: string }
    body: NewForecast
    response: Forecast
  }
  'GET /api/v1/evaluations/forecasts/{model}/curve': {
    params: { model: string }
    query: { flops?: number | undefined; run?: string | undefined }
    response: ForecastCurve
  }
  'POST /api/v1/evaluations/orders/{model}': {
    params: { model: string }
    body: NewEvaluationOrder
    response: EvaluationOrder
  }
  'POST /api/v1/evaluations/results': {
    query: { assessment: string; suite: string; snapshot: string; scorer?: string | undefined }
    body: string
    response: EvaluationResult
  }
  'GET /api/v1/evaluations/suites': {
    response: SuiteList
  }
  'POST /api/v1/evaluations/suites': {
    body: NewSuite
    response: Suite
  }
  'GET /api/v1/evaluations/threats': {
    response: ThreatModelList
  }
  'POST /api/v1/evaluations/threats': {
    body: NewThreatModel
    response: ThreatModel
  }
  'GET /api/v1/evaluations/timelines/{model}': {
    params: { model: string }
    response: EvaluationTimeline
  }
  'GET /api/v1/events': {
    query: { kinds?: string | undefined; from?: string | undefined }
    response: string
  }
  'POST /api/v1/evidence-bundles': {
    query: { profile?: string | undefined; control?: string | (string)[] | undefined }
    response: string
  }
  'GET /api/v1/exemptions': {
    query: { after?: string | undefined; limit?: number | undefined; state?: 'active' | 'ended' | 'expired' | undefined }
    response: ExemptionPage
  }
  'POST /api/v1/exemptions': {
    body: ExemptionRequest
    response: RequestedExemption
  }
  'GET /api/v1/exemptions/terms': {
    response: ExemptionTerms
  }
  'GET /api/v1/exemptions/{id}': {
    params: { id: string }
    response: Exemption
  }
  'POST /api/v1/exemptions/{id}/end': {
    params: { id: string }
    body: { reason: string }
    response: Exemption
  }
  'POST /api/v1/insider/activities': {
    query: { source: 'ocsf' | 'cloudtrail' | 'okta' | 'auditd' | 'activity' }
    body: string
    response: InsiderImport
  }
  'GET /api/v1/insider/board': {
    response: InsiderRiskBoard
  }
  'GET /api/v1/insider/cases': {
    query: { after?: string | undefined; limit?: number | undefined; state?: InsiderCaseState | undefined }
    response: InsiderCasePage
  }
  'GET /api/v1/insider/cases/{id}': {
    params: { id: string }
    response: InsiderCase
  }
  'POST /api/v1/insider/cases/{id}/assignment': {
    params: { id: string }
    body: NewInsiderAssignment
    response: InsiderCase
  }
  'POST /api/v1/insider/cases/{id}/closing': {
    params: { id: string }
    body: NewInsiderClosing
    response: InsiderCase
  }
  'POST /api/v1/insider/cases/{id}/containment': {
    params: { id: string }
    body: NewInsiderContainment
    response: InsiderCase
  }
  'GET /api/v1/insider/cases/{id}/proofs/{position}': {
    params: { id: string; position: string }
    response: LedgerProof
  }
  'POST /api/v1/insider/cases/{id}/read': {
    params: { id: string }
    response: InsiderCaseRead
  }
  'GET /api/v1/insider/drills': {
    response: InsiderDrillList
  }
  'POST /api/v1/insider/drills': {
    response: InsiderDrill
  }
  'POST /api/v1/insider/replays': {
    body: NewInsiderReplay
    response: InsiderReplay
  }
  'GET /api/v1/insider/rules': {
    response: InsiderRuleList
  }
  'GET /api/v1/insider/rules/{cause}': {
    params: { cause: string }
    response: InsiderRuleText
  }
  'GET /api/v1/insider/settings': {
    response: InsiderSettings
  }
  'GET /api/v1/insider/statement': {
    response: InsiderStatement
  }
  'GET /api/v1/insider/watch': {
    response: InsiderWatch
  }
  'GET /api/v1/keys': {
    query: { after?: string | undefined; limit?: number | undefined; projectId?: string | undefined }
    response: ApiKeyPage
  }
  'POST /api/v1/keys': {
    body: NewKey
    response: CreatedKey
  }
  'GET /api/v1/keys/{id}': {
    params: { id: string }
    response: ApiKey
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
  'GET /api/v1/models': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: ModelLinePage
  }
  'POST /api/v1/models': {
    body: NewModel
    response: ModelLine
  }
  'GET /api/v1/models/{model}': {
    params: { model: string }
    response: ModelLine
  }
  'PUT /api/v1/models/{model}/curve': {
    params: { model: string }
    body: CurveFamily
    response: ModelLine
  }
  'POST /api/v1/models/{model}/extrapolation': {
    params: { model: string }
    body: NewExtrapolation
    response: ModelLine
  }
  'GET /api/v1/noncompliance': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: ConcernPage
  }
  'GET /api/v1/noncompliance/digest': {
    query: { quarter?: string | undefined; format?: 'json' | 'markdown' | undefined }
    response: NoncomplianceDigest
  }
  'GET /api/v1/noncompliance/waiting': {
    response: ConcernsWaiting
  }
  'GET /api/v1/noncompliance/{id}': {
    params: { id: string }
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/actions': {
    params: { id: string }
    body: NewCorrectiveAction
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/actions/{number}/done': {
    params: { id: string; number: number }
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/closing': {
    params: { id: string }
    body: ConcernClosing
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/closing/agree': {
    params: { id: string }
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/closing/send-back': {
    params: { id: string }
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/material': {
    params: { id: string }
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/messages': {
    params: { id: string }
    body: ConcernAnswer
    response: ConcernView
  }
  'POST /api/v1/noncompliance/{id}/read': {
    params: { id: string }
    response: ConcernWithWords
  }
  'POST /api/v1/noncompliance/{id}/take': {
    params: { id: string }
    response: ConcernView
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
  'GET /api/v1/organisations/{id}': {
    params: { id: string }
    response: Organisation
  }
  'PATCH /api/v1/organisations/{id}': {
    params: { id: string }
    body: OrganisationPatch
    response: Organisation
  }
  'GET /api/v1/policy': {
    response: PolicyStatus
  }
  'GET /api/v1/policy-acceptances': {
    query: { after?: string | undefined; limit?: number | undefined; organisationId?: string | undefined }
    response: PolicyAcceptancePage
  }
  'GET /api/v1/policy-acceptances/{id}': {
    params: { id: string }
    response: PolicyAcceptanceStatus
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
  'GET /api/v1/policy/drafts/{id}/replays': {
    params: { id: string }
    response: { items: (PolicyReplay)[] }
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
    query: { after?: string | undefined; limit?: number | undefined; organisationId?: string | undefined }
    response: ProjectPage
  }
  'POST /api/v1/projects': {
    body: NewProject
    response: Project
  }
  'GET /api/v1/projects/{id}': {
    params: { id: string }
    response: Project
  }
  'PATCH /api/v1/projects/{id}': {
    params: { id: string }
    body: LimitsPatch
    response: Project
  }
  'GET /api/v1/refusal/comparisons': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: RefusalComparisonPage
  }
  'POST /api/v1/refusal/comparisons': {
    body: string
    response: RecordedRefusalResult
  }
  'GET /api/v1/refusal/comparisons/{id}': {
    params: { id: string }
    response: KeptRefusalComparison
  }
  'GET /api/v1/refusal/datasets': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: ConstitutionDatasetPage
  }
  'POST /api/v1/refusal/datasets': {
    body: string
    response: RecordedRefusalResult
  }
  'GET /api/v1/refusal/datasets/{id}': {
    params: { id: string }
    response: KeptDataset
  }
  'POST /api/v1/refusal/datasets/{id}/exports': {
    params: { id: string }
    body: NewDatasetExport
    response: undefined
  }
  'GET /api/v1/refusal/datasets/{id}/spot-checks': {
    params: { id: string }
    response: ConstitutionVerdicts
  }
  'GET /api/v1/refusal/evaluations': {
    query: { after?: string | undefined; limit?: number | undefined; checkpoint?: string | undefined }
    response: RefusalEvaluationPage
  }
  'POST /api/v1/refusal/evaluations': {
    body: string
    response: RecordedRefusalResult
  }
  'GET /api/v1/refusal/evaluations/{id}': {
    params: { id: string }
    response: KeptRefusalEvaluation
  }
  'GET /api/v1/refusal/red-team-runs': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: RedTeamRunPage
  }
  'POST /api/v1/refusal/red-team-runs': {
    body: string
    response: RecordedRefusalResult
  }
  'GET /api/v1/refusal/red-team-runs/{id}': {
    params: { id: string }
    response: KeptRedTeamRun
  }
  'POST /api/v1/refusal/red-team-runs/{id}/reports': {
    params: { id: string }
    body: NewFindReports
    response: FiledFinds
  }
  'POST /api/v1/refusal/results/{id}/erasure': {
    params: { id: string }
    response: RefusalResult
  }
  'GET /api/v1/refusal/results/{id}/facets': {
    params: { id: string }
    response: RefusalRowFacets
  }
  'POST /api/v1/refusal/results/{id}/reveal': {
    params: { id: string }
    body: NewRefusalReveal
    response: RevealedRefusalRows
  }
  'GET /api/v1/refusal/results/{id}/rows': {
    params: { id: string }
    query: { part?: string | undefined; kind?: string | undefined; category?: string | undefined; outcome?: string | undefined; flag?: string | undefined; from?: number | null | undefined; limit?: number | undefined }
    response: RefusalRowPage
  }
  'GET /api/v1/refusal/standing': {
    query: { checkpoint: string }
    response: RefusalStanding
  }
  'GET /api/v1/regimes/{id}': {
    params: { id: 'eu-cop' | 'sb-53' | 'nist-ai-600-1' | 'iso-42001' | 'white-house' | 'soc2' }
    response: RegimeView
  }
  'GET /api/v1/regression-cases': {
    response: RegressionCaseList
  }
  'GET /api/v1/regression-cases/{id}': {
    params: { id: string }
    response: RegressionCaseView
  }
  'POST /api/v1/regression-cases/{id}/disablings': {
    params: { id: string }
    body: CaseDisablingRequest
    response: CaseDisablingFiled
  }
  'POST /api/v1/regression-cases/{id}/enablings': {
    params: { id: string }
    response: RegressionCase
  }
  'GET /api/v1/regression-outcomes': {
    query: { draft?: string | undefined }
    response: RegressionOutcomeList
  }
  'POST /api/v1/regression-runs': {
    body: NewRegressionRuns
    response: ReproductionList
  }
  'GET /api/v1/regression-standings/{deployment}': {
    params: { deployment: string }
    response: RegressionStanding
  }
  'POST /api/v1/release-exceptions': {
    body: NewReleaseException
    response: ReleaseExceptionFiled
  }
  'GET /api/v1/releases': {
    response: ReleaseList
  }
  'GET /api/v1/releases/{deployment}': {
    params: { deployment: string }
    response: ReleaseView
  }
  'GET /api/v1/releases/{deployment}/partners': {
    params: { deployment: string }
    response: PartnerBindingList
  }
  'PUT /api/v1/releases/{deployment}/partners/{surface}': {
    params: { deployment: string; surface: string }
    body: NewPartnerBinding
    response: PartnerBinding
  }
  'POST /api/v1/releases/{deployment}/preconditions': {
    params: { deployment: string }
    response: ReleaseView
  }
  'GET /api/v1/reports': {
    query: { after?: string | undefined; limit?: number | undefined; state?: 'received' | 'triaging' | 'confirmed' | 'mitigated' | 'closed' | 'open' | undefined; kind?: 'harmful_output' | 'safeguard_bypass' | 'security' | 'misuse' | 'other' | undefined; band?: SeverityBand | undefined; assignee?: string | undefined }
    response: ReportPage
  }
  'POST /api/v1/reports/closings': {
    body: ReportClosings
    response: undefined
  }
  'GET /api/v1/reports/{id}': {
    params: { id: string }
    response: ReportDetail
  }
  'POST /api/v1/reports/{id}/acts': {
    params: { id: string }
    body: ReportAct
    response: ReportDetail
  }
  'POST /api/v1/reports/{id}/answers': {
    params: { id: string }
    body: NewReportMessage
    response: undefined
  }
  'POST /api/v1/reports/{id}/cases': {
    params: { id: string }
    body: NewRegressionCase
    response: RegressionCase
  }
  'POST /api/v1/reports/{id}/disclosure': {
    params: { id: string }
    body: DisclosureAct
    response: ReportDetail
  }
  'POST /api/v1/reports/{id}/disclosure/read': {
    params: { id: string }
    response: DisclosureWords
  }
  'POST /api/v1/reports/{id}/early-releases': {
    params: { id: string }
    body: EarlyReleaseRequest
    response: EarlyReleaseFiled
  }
  'POST /api/v1/reports/{id}/files/{file}': {
    params: { id: string; file: string }
    response: string
  }
  'POST /api/v1/reports/{id}/read': {
    params: { id: string }
    response: ReportWords
  }
  'POST /api/v1/reports/{id}/reproductions': {
    params: { id: string }
    body: NewReproduction
    response: Reproduction
  }
  'POST /api/v1/reports/{id}/severity': {
    params: { id: string }
    body: SeverityFactors
    response: Severity
  }
  'GET /api/v1/reproductions/{id}': {
    params: { id: string }
    response: Reproduction
  }
  'POST /api/v1/reproductions/{id}/attempts/{nth}/overrulings': {
    params: { id: string; nth: number }
    body: AttemptOverruling
    response: Reproduction
  }
  'POST /api/v1/reproductions/{id}/attempts/{nth}/read': {
    params: { id: string; nth: number }
    response: AttemptWords
  }
  'POST /api/v1/reproductions/{id}/cancellations': {
    params: { id: string }
    response: Reproduction
  }
  'POST /api/v1/reproductions/{id}/read': {
    params: { id: string }
    response: ReproductionScript
  }
  'GET /api/v1/response/cases': {
    query: { machine?: 'training' | 'deployment' | undefined }
    response: ResponseCaseList
  }
  'GET /api/v1/response/cases/{machine}/{name}': {
    params: { machine: 'training' | 'deployment' | 'drill'; name: string }
    response: ResponseCaseView
  }
  'POST /api/v1/response/cases/{machine}/{name}/emergency': {
    params: { machine: 'training' | 'deployment' | 'drill'; name: string }
    body: NewEmergency
    response: ResponseCaseView
  }
  'POST /api/v1/response/cases/{machine}/{name}/evidence': {
    params: { machine: 'training' | 'deployment' | 'drill'; name: string }
    body: NewEvidence
    response: ResponseCaseView
  }
  'POST /api/v1/response/cases/{machine}/{name}/requests': {
    params: { machine: 'training' | 'deployment' | 'drill'; name: string }
    body: NewStep
    response: StepFiled
  }
  'POST /api/v1/response/cases/{machine}/{name}/steps': {
    params: { machine: 'training' | 'deployment' | 'drill'; name: string }
    body: NewStep
    response: ResponseCaseView
  }
  'GET /api/v1/response/drills': {
    query: { model?: string | undefined }
    response: DrillReportList
  }
  'POST /api/v1/response/drills': {
    body: NewDrill
    response: DrillReport
  }
  'GET /api/v1/response/drills/{id}': {
    params: { id: string }
    response: DrillReport
  }
  'GET /api/v1/response/halts': {
    query: { model?: string | undefined; deployment?: string | undefined }
    response: HaltReach
  }
  'POST /api/v1/response/halts': {
    body: NewHalt
    response: IncidentView
  }
  'GET /api/v1/response/incidents': {
    query: { state?: 'open' | 'closed' | undefined; after?: string | undefined; limit?: number | undefined }
    response: IncidentPage
  }
  'GET /api/v1/response/incidents/{id}': {
    params: { id: string }
    response: IncidentView
  }
  'POST /api/v1/response/incidents/{id}/acknowledgements': {
    params: { id: string }
    body: HaltAcknowledgement
    response: IncidentView
  }
  'POST /api/v1/response/incidents/{id}/assignments': {
    params: { id: string }
    body: TaskAssignment
    response: IncidentView
  }
  'GET /api/v1/response/machines/{machine}': {
    params: { machine: 'training' | 'deployment' }
    response: MachineDiagram
  }
  'GET /api/v1/response/profile': {
    response: ScalingProfile
  }
  'POST /api/v1/response/profile/requests': {
    body: NewProfileSwitch
    response: StepFiled
  }
  'GET /api/v1/review/agreement': {
    query: { since: string }
    response: ReviewAgreementReport
  }
  'POST /api/v1/review/breaks': {
    response: { released: number }
  }
  'GET /api/v1/review/cases': {
    query: { queue?: string | undefined; state?: 'waiting' | 'second_reading' | 'adjudication' | 'escalated' | 'decided' | 'open' | undefined; severity?: 'low' | 'moderate' | 'high' | 'extreme' | undefined; organisation?: string | undefined; key?: string | undefined; endUser?: string | undefined; decision?: string | undefined; claimedBy?: string | undefined; cursor?: string | undefined; limit?: number | undefined }
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
    body: ReviewClaimInput
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
  'GET /api/v1/runbook-runs': {
    query: { state?: 'open' | 'closed' | undefined; limit?: number | undefined }
    response: RunbookRunList
  }
  'POST /api/v1/runbook-runs': {
    body: NewRunbookRun
    response: RunbookRunView
  }
  'GET /api/v1/runbook-runs/{id}': {
    params: { id: string }
    response: RunbookRunView
  }
  'POST /api/v1/runbook-runs/{id}/closing': {
    params: { id: string }
    body: RunbookClosing
    response: RunbookRunView
  }
  'POST /api/v1/runbook-runs/{id}/steps/{step}': {
    params: { id: string; step: string }
    body: RunbookStepWork
    response: RunbookRunView
  }
  'POST /api/v1/runbook-runs/{id}/steps/{step}/look': {
    params: { id: string; step: string }
    response: RunbookRunView
  }
  'GET /api/v1/runbooks': {
    response: RunbookList
  }
  'GET /api/v1/runbooks/{id}': {
    params: { id: string }
    response: RunbookView
  }
  'GET /api/v1/runs': {
    query: { model?: string | undefined }
    response: RunList
  }
  'POST /api/v1/runs': {
    body: NewRun
    response: Run
  }
  'POST /api/v1/runs/{model}/{run}/end': {
    params: { model: string; run: string }
    response: Run
  }
  'POST /api/v1/runs/{model}/{run}/review': {
    params: { model: string; run: string }
    body: RunReview
    response: Run
  }
  'GET /api/v1/severity-factors': {
    response: SeverityFactorList
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
  'POST /api/v1/staff/attempts/{id}': {
    params: { id: string }
    body: CourseAnswers
    response: CourseResult
  }
  'GET /api/v1/staff/bootstrap': {
    response: BootstrapView
  }
  'DELETE /api/v1/staff/bootstrap': {
    response: undefined
  }
  'GET /api/v1/staff/courses': {
    response: CourseList
  }
  'POST /api/v1/staff/courses/{id}/attempts': {
    params: { id: string }
    response: CourseAttempt
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
  'GET /api/v1/staff/training': {
    response: CourseStandingList
  }
  'GET /api/v1/staff/training/people': {
    response: TrainingTable
  }
  'GET /api/v1/staff/ways-in': {
    response: WaysIn
  }
  'GET /api/v1/statements': {
    query: { after?: string | undefined; limit?: number | undefined; organisationId?: string | undefined }
    response: StatementPage
  }
  'GET /api/v1/statements/export': {
    query: { after?: string | undefined; limit?: number | undefined }
    response: DsaExport
  }
  'GET /api/v1/statements/{id}': {
    params: { id: string }
    response: StatementOfReasons
  }
  'GET /api/v1/status': {
    response: Status
  }
  'POST /api/v1/system/backup': {
    response: string
  }
  'POST /api/v1/system/backup/keys-copied': {
    body: KeysCopied
    response: undefined
  }
  'POST /api/v1/system/key-drills': {
    body: NewKeyDrill
    response: KeyDrillChallenge
  }
  'POST /api/v1/system/key-drills/answer': {
    body: KeyDrillAnswer
    response: KeyDrillReport
  }
  'GET /api/v1/system/log-level': {
    response: LogLevel
  }
  'PUT /api/v1/system/log-level': {
    body: NewLogLevel
    response: LogLevel
  }
  'POST /api/v1/system/reload': {
    response: Reload
  }
  'POST /api/v1/system/restoration/settle': {
    response: undefined
  }
  'GET /api/v1/train/alarms': {
    query: { model?: string | undefined }
    response: TrainingAlarmList
  }
  'POST /api/v1/train/alarms/settlements': {
    body: AlarmSettlement
    response: ReceiptCheck
  }
  'POST /api/v1/train/gate': {
    body: TrainingGateQuestion
    response: SignedTrainingLease
  }
  'GET /api/v1/train/leases': {
    query: { model: string; run?: string | undefined; limit?: number | undefined }
    response: TrainingLeaseList
  }
  'POST /api/v1/transparency/corrections': {
    body: NewTransparencyCorrection
    response: TransparencyCorrectionFiled
  }
  'GET /api/v1/transparency/differences/{quarter}': {
    params: { quarter: string }
    response: TransparencyDifferences
  }
  'GET /api/v1/transparency/editions': {
    response: TransparencyEditionList
  }
  'POST /api/v1/transparency/editions': {
    response: TransparencyEditionList
  }
  'GET /api/v1/transparency/editions/{quarter}/{edition}': {
    params: { quarter: string; edition: number }
    response: PublishedTransparencyReport
  }
  'GET /api/v1/transparency/running': {
    response: TransparencyReport
  }
  'GET /api/v1/weights/budgets': {
    response: WeightsBudgetList
  }
  'PUT /api/v1/weights/budgets': {
    body: NewWeightsBudget
    response: WeightsBudgetList
  }
  'GET /api/v1/weights/campaigns': {
    response: WeightsCampaignList
  }
  'POST /api/v1/weights/campaigns': {
    response: WeightsCampaign
  }
  'POST /api/v1/weights/campaigns/{id}/confirmations': {
    params: { id: string }
    body: WeightsCampaignItemRef
    response: WeightsCampaign
  }
  'GET /api/v1/weights/canaries': {
    response: WeightsCanaryList
  }
  'POST /api/v1/weights/canaries/drills': {
    response: WeightsCanaryDrill
  }
  'POST /api/v1/weights/canaries/files': {
    body: NewCanaryFile
    response: WeightsCanary
  }
  'POST /api/v1/weights/canaries/models': {
    body: NewCanaryModel
    response: WeightsCanary
  }
  'POST /api/v1/weights/checks': {
    body: NewVaultCheck
    response: string
  }
  'GET /api/v1/weights/copies': {
    query: { state?: 'stands' | 'destroyed' | undefined }
    response: WeightsCopyList
  }
  'POST /api/v1/weights/copies': {
    body: NewWeightsCopy
    response: WeightsCopy
  }
  'POST /api/v1/weights/copies/{id}/destruction': {
    params: { id: string }
    body: WeightsCopyDestruction
    response: WeightsCopy
  }
  'GET /api/v1/weights/coverage': {
    query: { person?: string | undefined; version?: string | undefined }
    response: WeightsCoverageList
  }
  'GET /api/v1/weights/custody': {
    response: WeightsCustodyList
  }
  'POST /api/v1/weights/custody': {
    body: NewWeightsCustody
    response: WeightsCustody
  }
  'POST /api/v1/weights/custody/{model}/end': {
    params: { model: string }
    response: WeightsCustody
  }
  'GET /api/v1/weights/devices': {
    query: { state?: 'pending' | 'approved' | 'revoked' | 'expired' | undefined }
    response: WeightsDeviceList
  }
  'POST /api/v1/weights/devices': {
    body: NewWeightsDevice
    response: WeightsDevice
  }
  'GET /api/v1/weights/devices/{id}': {
    params: { id: string }
    response: WeightsDevice
  }
  'POST /api/v1/weights/devices/{id}/revocation': {
    params: { id: string }
    body: WeightsRevocation
    response: WeightsDevice
  }
  'GET /api/v1/weights/drafts': {
    response: WeightsDraftList
  }
  'GET /api/v1/weights/drafts/{id}': {
    params: { id: string }
    response: WeightsDraft
  }
  'POST /api/v1/weights/drafts/{id}/confirmation': {
    params: { id: string }
    response: WeightsRequestFiled
  }
  'POST /api/v1/weights/drafts/{id}/withdrawal': {
    params: { id: string }
    response: WeightsDraft
  }
  'GET /api/v1/weights/environments': {
    response: WeightsEnvironmentList
  }
  'POST /api/v1/weights/environments/{id}/revocation': {
    params: { id: string }
    body: WeightsRevocation
    response: WeightsEnvironment
  }
  'GET /api/v1/weights/glass': {
    response: WeightsGlassList
  }
  'POST /api/v1/weights/glass/breakings': {
    body: NewWeightsBreak
    response: WeightsGrant
  }
  'POST /api/v1/weights/glass/{id}/review': {
    params: { id: string }
    body: NewGlassReview
    response: WeightsGlass
  }
  'POST /api/v1/weights/glass/{id}/shares': {
    params: { id: string }
    response: WeightsGlassShares
  }
  'GET /api/v1/weights/grants': {
    query: { after?: string | undefined; limit?: number | undefined; state?: 'active' | 'revoked' | 'expired' | 'spent' | undefined; model?: string | undefined }
    response: WeightsGrantPage
  }
  'GET /api/v1/weights/grants/{id}': {
    params: { id: string }
    response: WeightsGrantView
  }
  'POST /api/v1/weights/grants/{id}/revocation': {
    params: { id: string }
    body: WeightsRevocation
    response: WeightsGrant
  }
  'GET /api/v1/weights/locks': {
    query: { all?: 'true' | 'false' | undefined }
    response: WeightsLockList
  }
  'POST /api/v1/weights/locks': {
    body: NewWeightsLock
    response: WeightsLock
  }
  'POST /api/v1/weights/models/{model}/key': {
    params: { model: string }
    response: VaultKeyRotation
  }
  'GET /api/v1/weights/overlay': {
    response: WeightsOverlay
  }
  'POST /api/v1/weights/recoveries': {
    response: VaultRecoveryList
  }
  'POST /api/v1/weights/requests': {
    body: NewWeightsRequest
    response: WeightsRequestFiled
  }
  'POST /api/v1/weights/root-key': {
    response: VaultRewrap
  }
  'GET /api/v1/weights/signing-key': {
    response: VaultSigningKey
  }
  'POST /api/v1/weights/uploads': {
    body: NewVaultUpload
    response: VaultUpload
  }
  'GET /api/v1/weights/uploads/{id}': {
    params: { id: string }
    response: VaultUpload
  }
  'DELETE /api/v1/weights/uploads/{id}': {
    params: { id: string }
    response: undefined
  }
  'PUT /api/v1/weights/uploads/{id}/files/{file}/parts/{part}': {
    params: { id: string; file: string; part: string }
    body: string
    response: undefined
  }
  'POST /api/v1/weights/uploads/{id}/seal': {
    params: { id: string }
    response: VaultVersion
  }
  'GET /api/v1/weights/versions': {
    query: { after?: string | undefined; limit?: number | undefined; model?: string | undefined }
    response: VaultVersionPage
  }
  'GET /api/v1/weights/versions/{model}/{version}': {
    params: { model: string; version: string }
    response: VaultVersion
  }
  'GET /api/v1/weights/versions/{model}/{version}/bom': {
    params: { model: string; version: string }
    response: { [name: string]: unknown }
  }
  'GET /api/v1/weights/versions/{model}/{version}/files': {
    params: { model: string; version: string }
    response: VaultFileList
  }
  'GET /api/v1/weights/versions/{model}/{version}/signature': {
    params: { model: string; version: string }
    response: { [name: string]: unknown }
  }
  'GET /vault/v1/device': {
    response: WeightsDevice
  }
  'GET /vault/v1/files': {
    response: WeightsFiles
  }
  'GET /vault/v1/files/{n}': {
    params: { n: number }
    response: string
  }
  'GET /vault/v1/files/{n}/tensors': {
    params: { n: number }
    response: WeightsTensors
  }
  'GET /vault/v1/grants/{id}': {
    params: { id: string }
    response: OwnWeightsGrant
  }
  'GET /vault/v1/paths/{path}': {
    params: { path: string }
    response: string
  }
  'POST /vault/v1/requests': {
    body: NewWeightsDraft
    response: WeightsDraft
  }
  'GET /vault/v1/requests/{id}': {
    params: { id: string }
    response: WeightsDraftProgress
  }
  'POST /vault/v1/sessions': {
    body: NewWeightsSession
    response: WeightsSession
  }
  'GET /vault/v1/tensors/{name}': {
    params: { name: string }
    response: string
  }
}
