export type {
  Assessment,
  Classifier,
  ClassifyRequest,
  Evidence,
  Scores,
  Segment,
} from './classifiers/classifier.ts'
export { type ExplainedWord, LinearScreen, SYNC_LIMIT, type Thresholds } from './classifiers/linear/linear-screen.ts'
export type { Exchange, MediaPart, Part, Role, TextKind, TextPart, Turn } from './exchange/exchange.ts'
export { segmentsOf } from './exchange/segments.ts'
export { MappedText } from './normalize/mapped-text.ts'
export { normalize, type View } from './normalize/normalize.ts'
export { HAZARDS, type Hazard, isLabel, LABELS, type Label, METHODS, type Method } from './taxonomy.ts'
export { testString } from './test-string.ts'
