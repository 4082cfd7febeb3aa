export { AnswerReviser, type Revised, type RevisionOptions, type RevisionTask, type Speak } from './answer-reviser.ts'
