export { Library, loadRunbooks, readRunbook } from './library.ts'
export type { Found, Worker } from './run.ts'
export {
  type DueStep,
  type Exercise,
  type Look,
  maySee,
  Runbooks,
  type RunbooksDeps,
  type RunCounts,
} from './runbooks.ts'
export {
  Closing,
  NewRun,
  Runbook,
  RunbookId,
  RunbookStep,
  RunbookView,
  RunId,
  RunStep,
  RunSummary,
  RunView,
  StepWork,
} from './schema.ts'
