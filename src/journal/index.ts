export { type Happening, record, toEvent } from './happening.ts'
export { type Decision, Journal, type JournalDeps, type JournalRoom } from './journal.ts'
