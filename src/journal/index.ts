export { type Happening, record, toEvent } from './happening.ts'
export { type Decision, Journal, type JournalDeps, type JournalRoom } from './journal.ts'
export { put, type RecordKind, type RecordQuery, Records, StoredRecords } from './records.ts'
export { type SealedText, SealedTexts } from './sealed-texts.ts'
