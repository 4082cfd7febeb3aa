export { type BuiltInMode, loadScreen, type OpenClassifier, openBuiltIn } from './classifiers/built-in.ts'
export { type CascadeCalibration, readCascadeCalibration } from './classifiers/cascade/calibration.ts'
export { Cascade, type CascadeOptions } from './classifiers/cascade/cascade.ts'
export type { CalibratedClassifier } from './classifiers/cascade/scale.ts'
export type {
  Assessment,
  Classifier,
  ClassifyRequest,
  Evidence,
  Scores,
  Segment,
} from './classifiers/classifier.ts'
export { openConfigured, startConfigured } from './classifiers/configured.ts'
export { EncoderClassifier, type EncoderOptions } from './classifiers/encoder/encoder-classifier.ts'
export { type ExplainedWord, LinearScreen, SYNC_LIMIT, type Thresholds } from './classifiers/linear/linear-screen.ts'
export { type BreakerConfig, type BreakerState, CircuitBreaker } from './classifiers/remote/breaker.ts'
export { GuardConfig } from './classifiers/remote/config.ts'
export { createGuard } from './classifiers/remote/create-guard.ts'
export { GuardError, type GuardFailure } from './classifiers/remote/guard-error.ts'
export { RemoteClassifier } from './classifiers/remote/remote-classifier.ts'
export { type OnDegraded, withBreaker, withFallback } from './classifiers/remote/with-fallback.ts'
export {
  categoriesOf,
  coveredLabels,
  fromLabels,
  gaps,
  SCHEMES,
  type SchemeId,
  toLabels,
} from './classifiers/taxonomies/taxonomies.ts'
export type { Exchange, MediaPart, Part, Role, TextKind, TextPart, Turn } from './exchange/exchange.ts'
export { segmentsOf } from './exchange/segments.ts'
export { MappedText } from './normalize/mapped-text.ts'
export { normalize, type View } from './normalize/normalize.ts'
export { likeness, type Near, nearest, readSignature, Similarity } from './similarity.ts'
export { HAZARDS, type Hazard, isLabel, LABELS, type Label, METHODS, type Method } from './taxonomy.ts'
export { testString } from './test-string.ts'
