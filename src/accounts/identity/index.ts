export { Identity, type IdentityDeps, type Tenants } from './identity.ts'
export type { IssuerHealth } from './issuer-keys.ts'
