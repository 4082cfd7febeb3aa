export { type GsnEdge, type GsnGraph, type GsnNode, gsnGraph, gsnMermaid } from './gsn.ts'
