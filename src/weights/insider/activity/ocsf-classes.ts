/** Where an exported activity stands in `unmapped`, whole. */
export const ACTIVITY_KEY = 'safelevel_activity'
export const OCSF_VERSION = '1.6.0'

export interface OcsfClass {
  readonly name: string
  readonly activities: Readonly<Record<number, string>>
}

/**
 * The classes in which things that people do are told, by number, with the names of their activities.
 *
 * @see https://schema.ocsf.io/1.6.0/classes
 */
export const OCSF_CLASSES: Readonly<Record<number, OcsfClass>> = {
  1001: {
    name: 'file_activity',
    activities: {
      ...{ 1: 'create', 2: 'read', 3: 'update', 4: 'delete', 5: 'rename', 6: 'set_attributes', 7: 'set_security' },
      ...{
        8: 'get_attributes',
        9: 'get_security',
        10: 'encrypt',
        11: 'decrypt',
        12: 'mount',
        13: 'unmount',
        14: 'open',
      },
    },
  },
  1007: {
    name: 'process_activity',
    activities: { 1: 'launch', 2: 'terminate', 3: 'open', 4: 'inject', 5: 'set_user_id' },
  },
  2004: { name: 'detection_finding', activities: { 1: 'create', 2: 'update', 3: 'close' } },
  3001: {
    name: 'account_change',
    activities: {
      ...{ 1: 'create', 2: 'enable', 3: 'password_change', 4: 'password_reset', 5: 'disable', 6: 'delete' },
      ...{ 7: 'attach_policy', 8: 'detach_policy', 9: 'lock', 10: 'mfa_enable', 11: 'mfa_disable', 12: 'unlock' },
    },
  },
  3002: {
    name: 'authentication',
    activities: { 1: 'logon', 2: 'logoff', 3: 'ticket', 4: 'service_ticket', 5: 'renew', 6: 'preauth', 7: 'switch' },
  },
  3003: { name: 'authorize_session', activities: { 1: 'assign_privileges', 2: 'assign_groups' } },
  3004: {
    name: 'entity_management',
    activities: {
      ...{ 1: 'create', 2: 'read', 3: 'update', 4: 'delete', 5: 'move', 6: 'enroll', 7: 'unenroll', 8: 'enable' },
      ...{ 9: 'disable', 10: 'activate', 11: 'deactivate', 12: 'suspend', 13: 'resume' },
    },
  },
  3005: { name: 'user_access', activities: { 1: 'assign_privileges', 2: 'revoke_privileges' } },
  3006: {
    name: 'group_management',
    activities: {
      ...{ 1: 'assign_privileges', 2: 'revoke_privileges', 3: 'add_user', 4: 'remove_user', 5: 'delete', 6: 'create' },
      ...{ 7: 'add_subgroup', 8: 'remove_subgroup' },
    },
  },
  4001: {
    name: 'network_activity',
    activities: { 1: 'open', 2: 'close', 3: 'reset', 4: 'fail', 5: 'refuse', 6: 'traffic', 7: 'listen' },
  },
  6003: { name: 'api_activity', activities: { 1: 'create', 2: 'read', 3: 'update', 4: 'delete' } },
  6005: {
    name: 'datastore_activity',
    activities: {
      ...{ 1: 'read', 2: 'update', 3: 'connect', 4: 'query', 5: 'write', 6: 'create', 7: 'delete', 8: 'list' },
      ...{ 9: 'encrypt', 10: 'decrypt' },
    },
  },
}
