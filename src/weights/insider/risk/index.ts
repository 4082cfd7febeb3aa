export { Alert, type Peak, SEVERITIES } from './alert.ts'
export { type Reason, RISK_KINDS, Risk, type RiskKind } from './risk.ts'
