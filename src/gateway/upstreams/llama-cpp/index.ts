export { LlamaUpstream } from './llama-upstream.ts'
export type { ServedWeights, WeightsSource } from './weights-source.ts'
