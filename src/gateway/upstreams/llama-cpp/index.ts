export { fileWeights } from './file-weights.ts'
export { LlamaUpstream } from './llama-upstream.ts'
export type { ServedWeights, WeightsSource } from './weights-source.ts'
