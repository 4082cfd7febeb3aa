export { Audit, type AuditDeps } from './audit.ts'
export type { ControlsPort } from './context.ts'
export { commitmentTo, draw, frameDigest, frameText, seedOf } from './draw.ts'
export { belongsTo, POPULATION_NAMES, POPULATIONS, PopulationOf } from './populations.ts'
export type { Doer } from './requests.ts'
export { resultOf } from './result.ts'
export { SAMPLE_ORDERED } from './samples.ts'
export {
  AcceptWords,
  AuditFinding,
  AuditSample,
  AuditSampleRow,
  AuditSampleView,
  ClosingWords,
  DrawRequest,
  EvidenceRequest,
  MOST_ITEMS,
  NewAuditFinding,
  NewAuditSample,
  NewEvidenceAnswer,
  NewEvidenceRequest,
  StepWords,
  VERDICTS,
} from './schema.ts'
