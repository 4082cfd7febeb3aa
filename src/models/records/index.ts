export { type Change, type ModelsJournal, modelsJournal } from './journal.ts'
export { changedSince, find, findMany, headVersion, list, put, type RecordKind, type RecordQuery } from './records.ts'
export { SharedTurn } from './shared-turn.ts'
