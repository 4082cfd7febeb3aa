export { Alert, type Peak, RISING, SEVERITIES } from './alert.ts'
export { halfLifeDaysOf } from './half-life.ts'
export { type Reason, RISK_KINDS, Risk, type RiskKind } from './risk.ts'
export { Tally } from './tally.ts'
