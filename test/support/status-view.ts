import type { StatusView } from '../../src/http/control-plane/index.ts'

/** A status as a page or an API may show it, with a name that a page must escape. */
export const STATUS: StatusView = {
  name: 'Acme <script>alert(1)</script> & Söhne',
  version: '0.1.0',
  startedAt: '2026-01-01T00:00:00.000Z',
  uptimeSeconds: 93_784,
  profile: 'rsp-2.2',
  commitments: null,
  health: { state: 'ready', ready: true, reasons: [], conditions: [] },
  gatewayUrl: 'http://127.0.0.1:8080/v1',
  store: 'embedded',
  models: [{ name: 'sandbox-1', upstream: 'sandbox', surface: 'api', sandbox: true, enforced: true }],
  policy: { version: '1', digest: 'ab'.repeat(32) },
  classifier: 'linear-1',
  ledger: {
    origin: 'log',
    size: 48_211,
    provenSize: 48_200,
    witnessed: false,
    witnesses: { by: [], of: 0 },
    health: 'ok',
    reason: null,
  },
  canaries: { holding: 6, total: 6, worst: null },
  weights: { grants: 2, locks: 0, copiesOverdue: 0, reviewOwed: false },
  insider: { watched: true, lag: 0, fault: null },
  decisions: { allow: 12, refuse: 3 },
}
