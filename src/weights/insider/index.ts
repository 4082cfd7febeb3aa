export { RiskBoard } from './board.ts'
export { OPEN_ACTION } from './cases/cases.ts'
export {
  AlertView,
  CaseRead,
  CaseState,
  CaseView,
  Evidence,
  NewClosing,
  NewContainment,
  Outcome,
} from './cases/schema.ts'
export { InsiderConfig, Level, parseInsiderConfig, Step } from './config.ts'
export { shippedRules } from './detection.ts'
export { DrillReport } from './drill-schema.ts'
export { IMPORT_SOURCES, ImportReport } from './import-lines.ts'
export { Insider, type InsiderDeps } from './insider.ts'
export type { ContainmentPort, StaffPort, Viewer } from './ports.ts'
export { NewReplay, ReplayReport } from './replay.ts'
export { Coverage, InsiderStatement, RuleView, type WatchState, WatchView } from './views.ts'
