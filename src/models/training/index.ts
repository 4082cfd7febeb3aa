export { decideGate, type GateDecision, type GateFacts, type SegmentFacts } from './gate.ts'
export { GateQuestion, Lease, NewSettlement, ReceiptCheck, SignedLease } from './schema.ts'
export { LeaseSigner } from './signing.ts'
export { type SegmentPort, Training, type TrainingDeps } from './training.ts'
