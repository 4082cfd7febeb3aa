export { type Change, type ModelsJournal, modelsJournal } from './journal.ts'
export { changedSince, find, headVersion, list, put, type RecordKind, type RecordQuery } from './records.ts'
