export type { Asking } from './asking.ts'
export { type Kept, ResultsFile, RUN_FORMAT, type RunHeader } from './results-file.ts'
export { checkSameRun, type RunDeps, type RunEnd, type RunPlan, type RunStatus, runSuite } from './runner.ts'
export { promptOf, readTaskFile, type Task, type TaskFile } from './task-file.ts'
