export { Content, type ContentDeps } from './content.ts'
export { ContentCanary, openCanaryIn } from './drill.ts'
export { measureContent } from './metrics.ts'
export {
  type ContentConfig,
  ContentScope,
  ErasureReport,
  Hold,
  KeptExchange,
  KeptNote,
  NewHold,
  REASONS,
  Reason,
  type SaidEvidence,
  type SaidExchange,
  SaidText,
  type SaidTrack,
  type SaidTurn,
} from './schema.ts'
