export { type Ask, ask, CHAT_APIS, type ChatApi, type ChatTurn, type Said, type Tool, type Usage } from './ask.ts'
export { type AskedModel, Asker, type AskerDeps, replyOf } from './asker.ts'
export { Budget, type Limits, type Price, type Spent } from './budget.ts'
export { CALLS_FORMAT, CallJournal } from './call-journal.ts'
export { Pace, type PaceDeps } from './pace.ts'
export { chatApiOf, type Served, sendTo } from './served.ts'
export {
  type ChatRequest,
  chatRequest,
  MAX_ANSWER_BYTES,
  mostUsage,
  type Reply,
  readReply,
  type TokensAs,
  type WireAnswer,
} from './wire.ts'
