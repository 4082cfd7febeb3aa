export type { SandboxAnswer } from './answer.ts'
export type { SandboxRequest } from './request.ts'
export { type SandboxOptions, SandboxUpstream, type Scripted } from './sandbox.ts'
