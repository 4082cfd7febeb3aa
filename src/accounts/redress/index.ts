export type { AcceptanceStatus } from './acceptances.ts'
export type { AppealWithWords } from './appeals.ts'
export type { RedressNotice } from './context.ts'
export { CustomerDesk } from './customer-desk.ts'
export { DsaStatement } from './dsa.ts'
export { EXEMPT_ACTION, isAbsolute } from './exemptions.ts'
export type {
  ClauseFacts,
  DecisionSource,
  EnforcementPort,
  PeoplePort,
  PolicyFacts,
  PolicySource,
} from './ports.ts'
export { Redress, type RedressDeps } from './redress.ts'
export {
  Acceptance,
  AcceptanceInput,
  Appeal,
  AppealDecision,
  AppealInput,
  AppealState,
  ContestedAction,
  Exemption,
  ExemptionRequest,
  ExemptionState,
  ExemptionTerms,
  Statement,
} from './schema.ts'
export { portsOf, type Sources } from './sources.ts'
