/** How large an installation is meant to be. */
export const PRESETS = ['small-team', 'lab', 'platform'] as const
export type Preset = (typeof PRESETS)[number]

/** What each preset is for, for people who choose. */
export const PRESET_WORDS: Readonly<Record<Preset, string>> = {
  'small-team': 'one machine, embedded PostgreSQL, no other service: to try it, or for an application of one’s own',
  lab: 'one machine with PostgreSQL beside it: a model developer, with evaluations, staff and weights under lock',
  platform: 'several replicas on PostgreSQL, object storage and Valkey: customers of one’s own',
}

/** Servers that run models, by what people call them. */
export const UPSTREAMS = {
  none: null,
  ollama: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434', key: null, model: 'llama3.3' },
  vllm: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:8000', key: null, model: 'served-model' },
  openai: { kind: 'openai-compatible', baseUrl: 'https://api.openai.com', key: 'OPENAI_API_KEY', model: 'gpt-5' },
  anthropic: {
    kind: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    key: 'ANTHROPIC_API_KEY',
    model: 'claude-sonnet-5',
  },
} as const
export type UpstreamName = keyof typeof UPSTREAMS

/** What somebody wants, asked for or given. */
export interface Wishes {
  readonly preset: Preset
  readonly organisation: string
  /** For security.txt; null = none yet, and then only this machine can reach it. */
  readonly contact: string | null
  /** Where the public reaches it; null = it is this machine's alone. */
  readonly publicUrl: string | null
  readonly upstream: UpstreamName
  /** Where that server is; its usual place when null. */
  readonly upstreamUrl: string | null
  /** What customers name as `model`; the upstream's usual one when null. */
  readonly model: string | null
  readonly observe: boolean
}

/**
 * A first `safelevel.yaml`, with a word on each part: what it does and what else could stand there. Every value is written as JSON, which is YAML, so that
 * nothing that somebody typed can become more than a value.
 */
export function renderConfig(wishes: Wishes): string {
  const parts = [head(wishes), doors(wishes), whose(wishes), models(wishes), surfaces(wishes), ...SIZES[wishes.preset]]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

const value = (text: string): string => JSON.stringify(text)

function head({ preset }: Wishes): string {
  return `# Safelevel, written by "safelevel init" for: ${preset} (${PRESET_WORDS[preset]}).
# What is left out has its default; every key is described in safelevel.example.yaml and docs/guide/reference/configuration.md.
# Secrets never stand here: they come from the environment or from files.

# Keys, the ledger and the embedded database. Back it up with "safelevel backup create", and the keys apart from it.
dataDir: ./data`
}

function doors({ preset, publicUrl, contact }: Wishes): string {
  const open = publicUrl !== null && contact !== null && preset === 'platform'
  const bound = open
    ? '# Bound for other machines: put the proxies in front of it, and nobody else, on a network that reaches it.\nhost: 0.0.0.0'
    : '# Only this machine reaches it; a reverse proxy on it may (deploy/proxy has examples).\nhost: 127.0.0.1'
  const proxied =
    publicUrl === null
      ? '# publicUrl: https://ai.example.com          # where the public reaches it, once it stands behind a proxy\n# trustedProxies: [127.0.0.1]'
      : `# Where the public reaches the gateway and the public pages.
publicUrl: ${value(publicUrl)}
# Whose word on the client's address counts: nobody else's does.
trustedProxies: [${open ? '10.0.0.0/8' : '127.0.0.1'}]`
  return `# The gateway and the public pages; the console and its API, which customers must never reach.
publicPort: 8080
controlPort: 8081
${bound}
${proxied}`
}

function whose({ organisation, contact }: Wishes): string {
  const reach =
    contact === null
      ? '  # securityContact: mailto:security@example.com   # needed before anybody else can reach it (RFC 9116)'
      : `  securityContact: ${value(contact)}`
  return `organisation:
  name: ${value(organisation)}
${reach}`
}

function models({ upstream, upstreamUrl, model }: Wishes): string {
  const known = UPSTREAMS[upstream]
  if (known === null)
    return `# The built-in sandbox answers until a model's server is named. Local: Ollama, vLLM, llama.cpp; hosted: docs/guide/upstreams.md.
# upstreams:
#   - { id: local, kind: openai-compatible, baseUrl: http://127.0.0.1:11434 }
# models:
#   - { name: llama3.3, upstream: local }`
  const key =
    known.key === null
      ? ''
      : `\n    # The name of the variable that holds its key, or apiKeyFile: a file.\n    apiKeyEnv: ${known.key}`
  return `# The server that runs the model: docs/guide/upstreams.md.
upstreams:
  - id: ${upstream}
    kind: ${known.kind}
    baseUrl: ${value(upstreamUrl ?? known.baseUrl)}${key}
# What customers may name as "model". upstreamModel says what the server calls it, where that differs.
models:
  - name: ${value(model ?? known.model)}
    upstream: ${upstream}`
}

function surfaces({ observe, upstream }: Wishes): string {
  if (!observe)
    return `# Every surface is enforced. To try the policy on live traffic first, refusing nothing (amber everywhere until it is switched back):
# surfaces: { api: { mode: observe } }`
  // Without a model no surface but the sandbox's is there, which has the same name.
  return `# Everything is screened and recorded and NOTHING is refused until this says enforce: docs/guide/observe.md.
surfaces:
  api:
    mode: observe${upstream === 'none' ? '\n    external: false' : ''}`
}

const CONTENT = `# Of what was said: kept sealed, for the days that the policy names; "none" keeps nothing for reviewers to see.
content:
  keep: flagged`

const SIZES: Readonly<Record<Preset, readonly string[]>> = {
  'small-team': [
    CONTENT,
    `# The screen on everything, the encoder on what it leaves uncertain; one encoder process leaves the machine its other cores.
classifier:
  mode: cascade
  workers: 1`,
    `# Who else vouches that everybody is shown the same ledger: docs/guide/witnesses.md. Until somebody does, it says "unwitnessed".
# ledger:
#   policy: ./trust-policy`,
  ],
  lab: [
    `# PostgreSQL instead of the embedded store: DATABASE_URL in the environment, postgres://safelevel:…@db.example.com/safelevel.
# Identity provider, roles and approvals: docs/guide/staff.md. Weights: docs/guide/vault.md. Evaluations and gates: docs/guide/scaling.md.`,
    CONTENT,
    `classifier:
  mode: cascade`,
    `# Staff who are told of cases, alerts and deadlines: docs/guide/notify.md.
# notify:
#   channels: []`,
    `# Witnesses of other owners vouch that everybody is shown the same ledger: docs/guide/witnesses.md.
# ledger:
#   policy: ./trust-policy`,
    `# Metrics are at /metrics of the control plane; traces go to a collector of OpenTelemetry.
# telemetry:
#   otlpEndpoint: http://127.0.0.1:4318`,
  ],
  platform: [
    `# All replicas need the same keys: one folder that each mounts, or copies of it. DATABASE_URL comes from the environment.
keysDir: /etc/safelevel/keys`,
    CONTENT,
    `classifier:
  mode: cascade`,
    `# Replicas count rate limits together. An address with a password comes as VALKEY_URL instead.
valkey:
  url: valkey://valkey:6379
  replicas: 3`,
    `# One ledger for all replicas, its public files where all of them reach it: docs/guide/replicas.md.
ledger:
  shared: true
  tiles:
    s3:
      bucket: safelevel-ledger
      prefix: main/
      region: eu-central-1
  # policy: /etc/safelevel/trust-policy`,
    `# Traces without content go to a collector of OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT, or
# telemetry:
#   otlpEndpoint: http://otel-collector:4318`,
  ],
}
