export { daysToExfiltrate } from './bucket.ts'
export { BudgetSpent } from './budget-spent.ts'
export { RAISE_ACTION } from './budgets.ts'
export {
  type AccessPort,
  accessPort,
  type CanaryTouch,
  type OpenVaultFile,
  type ReadableFile,
  type ReadableVersion,
  type ReadingGrant,
  type VaultPort,
} from './ports.ts'
export type { ProvenRequest } from './proofs.ts'
export { type CoveredFile, type CoveredTensor, Reading, type ReadingDeps, type WhichFile } from './reading.ts'
export { LEASE_BYTES, type OpenRead } from './reads.ts'
export {
  BUDGET_KINDS,
  Budget,
  BudgetKind,
  BudgetRaise,
  BudgetView,
  CoverageView,
  EVERYBODY,
  FileView,
  NewBudget,
  SessionView,
  TensorView,
  UsageView,
} from './schema.ts'
export type { Session } from './sessions.ts'
