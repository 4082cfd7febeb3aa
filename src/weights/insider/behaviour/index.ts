export { Behaviour } from './behaviour.ts'
export { FAMILIES, type Family, MEASURES, type Measure } from './measures.ts'
