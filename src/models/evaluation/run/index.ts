export { Budget, type Limits, type Price, type Spent } from './budget.ts'
export { Pace, type PaceDeps } from './pace.ts'
export { type Kept, ResultsFile, RUN_FORMAT, type RunHeader } from './results-file.ts'
export { checkSameRun, type RunDeps, type RunEnd, type RunPlan, type RunStatus, runSuite } from './runner.ts'
export { promptOf, readTaskFile, type Task, type TaskFile } from './task-file.ts'
export {
  type Asking,
  CHAT_APIS,
  type ChatApi,
  type ChatRequest,
  chatRequest,
  MAX_ANSWER_BYTES,
  type Reply,
  readReply,
} from './wire.ts'
