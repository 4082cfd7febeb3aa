export { Canaries, type CanariesDeps, type CanaryModel } from './canaries.ts'
export { CanaryState, CanaryView } from './schema.ts'
