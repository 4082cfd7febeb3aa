import type { RouteActions } from '../staff/index.ts'
import { WEIGHTS_CHECK_ACTIONS, weightsCheckRoutes } from './weights-check-routes.ts'
import { WEIGHTS_DEVICE_ACTIONS, weightsDeviceRoutes } from './weights-device-routes.ts'
import { WEIGHTS_EMERGENCY_ACTIONS, weightsEmergencyRoutes } from './weights-emergency-routes.ts'
import { WEIGHTS_GRANT_ACTIONS, weightsGrantRoutes } from './weights-grant-routes.ts'
import { WEIGHTS_KEEPING_ACTIONS, weightsKeepingRoutes } from './weights-keeping-routes.ts'
import { WEIGHTS_VAULT_ACTIONS, weightsVaultRoutes } from './weights-vault-routes.ts'

/** Where programs read weights, by keys of devices: a door of its own beside the API of people and of the operator. */
export const VAULT_DOOR = '/vault/v1'

/** Everything about weights but their bytes. */
export const weightsRoutes = [
  weightsVaultRoutes,
  weightsCheckRoutes,
  weightsDeviceRoutes,
  weightsGrantRoutes,
  weightsKeepingRoutes,
  weightsEmergencyRoutes,
] as const

export const WEIGHTS_ACTIONS: RouteActions = new Map([
  ...WEIGHTS_VAULT_ACTIONS,
  ...WEIGHTS_CHECK_ACTIONS,
  ...WEIGHTS_DEVICE_ACTIONS,
  ...WEIGHTS_GRANT_ACTIONS,
  ...WEIGHTS_KEEPING_ACTIONS,
  ...WEIGHTS_EMERGENCY_ACTIONS,
])
