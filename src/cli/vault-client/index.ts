export { createDeviceKey, type DeviceKey, deviceKeyPath, loadDeviceKey } from '../../base/device-key.ts'
export { openVaultClient, VaultClient } from './vault-client.ts'
export type { VaultSession } from './vault-session.ts'
