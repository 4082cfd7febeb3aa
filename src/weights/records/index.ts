export { type Change, type WeightsJournal, weightsJournal } from './journal.ts'
export { records } from './records.ts'
