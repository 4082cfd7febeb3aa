export { importLog } from './import-log.ts'
export type { ImportOptions, ParsedLog } from './parsed-log.ts'
