export { type CardView, maySee, type Redaction, viewFor } from './audience.ts'
export { type CardRow, Cards, type CardsDeps } from './cards.ts'
export { claimsOf } from './claims.ts'
export type { CardDefaults } from './compile.ts'
export { CARD_CHANGES, CardChange, CardDiff, describeDiff } from './diff.ts'
export { EVIDENCE_TYPES, Evidence, Figure } from './evidence.ts'
export {
  CARD_FORMATS,
  CARD_STYLE_HASH,
  type CardExport,
  type CardFormat,
  type CardSetting,
  cardDoc,
  leadHtml,
  sectionHtml,
} from './exports/index.ts'
export {
  deploymentDigest,
  type LedgerPort,
  type PolicyPort,
  type RefusalFigures,
  type RefusalPort,
  recordDigest,
} from './facts.ts'
export { CardCheck, CardFinding, CardLint } from './finding.ts'
export type { ImportedCard } from './importing/huggingface.ts'
export { cardJsonSchema } from './json-schema.ts'
export { cardDigest } from './lint.ts'
export { CARD_PUBLISH_ACTION } from './publication.ts'
export {
  type CardProblem,
  formatProblem,
  MAX_CARD_BYTES,
  parseCard,
  printCard,
  type ReadCard,
  readCard,
} from './read.ts'
export { AUDIENCES, Audience, CARD_FORMAT, CARD_SCHEMA_PATH, MODALITIES, ModelCard } from './schema.ts'
export { CARD_STATES, CardHead, CardPublication, CardStanding, CardVersion } from './versions.ts'
