export { type BundleDeps, type ControlsSeen, makeBundle } from './bundle.ts'
export { BundleRequest } from './schema.ts'
export { type BundleReport, type BundleTrust, verifyBundle } from './verify.ts'
