export { type VaultPlaneDeps, vaultPlane } from './vault-plane.ts'
