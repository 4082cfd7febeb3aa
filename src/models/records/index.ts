export { type Change, type ModelsJournal, modelsJournal } from './journal.ts'
export { records } from './records.ts'
export { SharedTurn } from './shared-turn.ts'
