export { type Change, type ModelsJournal, modelsJournal } from './journal.ts'
export { records } from './records.ts'
