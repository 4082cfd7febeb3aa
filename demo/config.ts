import { HOOKS_PATH } from './model-server.ts'

/** Behind which the demo's models stand, as the gateway serves them. */
export const MODELS = ['orca-2', 'orca-mini', 'heron-1', 'orca-base'] as const
export type DemoModel = (typeof MODELS)[number]

const SURFACES: Readonly<Record<DemoModel, string>> = {
  'orca-2': 'api',
  'orca-mini': 'api',
  'heron-1': 'partner',
  // Before it was tuned to refuse: for comparison, and for nobody outside.
  'orca-base': 'internal',
}

/**
 * The configuration of the demo.
 *
 * @param modelUrl where the stand-in for the models listens
 * @param ports left out: the product's own
 */
export function demoConfig(
  modelUrl: string,
  dataDir: string,
  ports: { publicPort?: number; controlPort?: number } = {},
) {
  return {
    dataDir,
    logLevel: 'warn',
    ...ports,
    organisation: {
      name: 'Example Labs (a demo: all of it is made up)',
      securityContact: 'mailto:security@labs.example',
    },
    upstreams: [{ id: 'made-up', kind: 'openai-compatible', baseUrl: modelUrl }],
    models: MODELS.map((name) => ({ name, upstream: 'made-up', surface: SURFACES[name] })),
    // The small screen alone: the demo answers at once on any machine.
    classifier: { mode: 'screen' },
    // Anybody on this machine comes in under any role, and every page of the console says that nothing decided here counts.
    staff: { developmentLogin: true },
    review: { open: { allowedShare: 0.004 }, secondReadShare: 0.25 },
    notify: {
      channels: [{ id: 'example-siem', kind: 'ocsf-http', url: `${modelUrl}${HOOKS_PATH}` }],
      privateWebhooks: true,
    },
    refusal: { targets: [{ model: 'orca-base' }] },
    scaling: { release: 'advise', training: 'advise', months: 3 },
  }
}
