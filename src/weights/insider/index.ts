export type { Activity, Field, Place, Source } from './activity/activity.ts'
export {
  compareMoments,
  Fault,
  fromLedger,
  MAX_LINE_BYTES,
  Reorder,
  readActivityLine,
  writeActivityLine,
} from './activity/index.ts'
export { RiskBoard } from './board.ts'
export { OPEN_ACTION } from './cases/cases.ts'
export {
  AlertView,
  CaseRead,
  CaseState,
  CaseView,
  Evidence,
  NewAssignment,
  NewClosing,
  NewContainment,
  Outcome,
} from './cases/schema.ts'
export { InsiderConfig, Level, parseInsiderConfig, Step } from './config.ts'
export { isDrill, shippedRules } from './detection.ts'
export { Detector } from './detector.ts'
export { DrillReport } from './drill-schema.ts'
export { IMPORT_SOURCES, ImportReport } from './import-lines.ts'
export { Insider, type InsiderDeps } from './insider.ts'
export type { ContainmentPort, StaffPort, Viewer } from './ports.ts'
export { NewReplay, ReplayReport } from './replay.ts'
export { type Alert as InsiderAlert, type Peak, RISING } from './risk/index.ts'
export { RuleEngine } from './rules/index.ts'
export { InsiderSettings } from './settings.ts'
export { Coverage, InsiderStatement, ModelView, RuleText, RuleView, type WatchState, WatchView } from './views.ts'
