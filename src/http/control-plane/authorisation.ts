/**
 * What the operator token may do. It is a key to the machine: it starts, reads and configures. Decisions belong to people, by name and
 * two at a time, so those are listed with `false`, and whatever is not listed is refused as well.
 */
export const OPERATOR_MAY = {
  'status.read': true,
  'api.describe': true,
  'organisations.read': true,
  'organisations.create': true,
  'projects.read': true,
  'projects.create': true,
  'projects.limit': true,
  'keys.read': true,
  'keys.create': true,
  'keys.revoke': true,
  'ledger.read': true,
  'ledger.prove': true,
  'approval.give': false,
  'deployment.resume': false,
  'policy.publish': false,
  'content.reveal': false,
  'weights.open': false,
} as const satisfies Record<string, boolean>

export type Action = keyof typeof OPERATOR_MAY

/** Which action each route of the API is. A route that is not listed is open to nobody. */
export const ROUTE_ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['GET /api/v1/status', 'status.read'],
  ['GET /api/v1/openapi.json', 'api.describe'],
  ['GET /api/v1/organisations', 'organisations.read'],
  ['POST /api/v1/organisations', 'organisations.create'],
  ['GET /api/v1/projects', 'projects.read'],
  ['POST /api/v1/projects', 'projects.create'],
  ['PATCH /api/v1/projects/:id', 'projects.limit'],
  ['GET /api/v1/keys', 'keys.read'],
  ['POST /api/v1/keys', 'keys.create'],
  ['DELETE /api/v1/keys/:id', 'keys.revoke'],
  ['GET /api/v1/ledger/entries', 'ledger.read'],
  ['GET /api/v1/ledger/entries/:position', 'ledger.read'],
  ['GET /api/v1/ledger/checkpoint', 'ledger.read'],
  ['GET /api/v1/ledger/proof/:position', 'ledger.prove'],
])

/** Whether the operator token opens this route. @param route `METHOD /path/:parameter` */
export function operatorMay(route: string): boolean {
  const action = ROUTE_ACTIONS.get(route)
  return action !== undefined && OPERATOR_MAY[action]
}
