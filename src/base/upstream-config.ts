import { z } from 'zod'

const Url = z.url({ protocol: /^https?$/ })

/** Microsoft Entra ID (Azure): a client's secret, a token of its platform (workload identity), or the identity of the machine. */
const EntraAuth = z
  .strictObject({
    type: z.literal('entra'),
    tenantId: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,100}$/)
      .optional()
      .meta({ description: 'the directory; not needed with managedIdentity' }),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,100}$/)
      .optional(),
    clientSecretEnv: z.string().optional().meta({ description: 'environment variable that holds the client’s secret' }),
    clientSecretFile: z.string().optional(),
    federatedTokenFile: z.string().optional().meta({ description: 'read again for each token: Kubernetes renews it' }),
    managedIdentity: z.boolean().default(false).meta({ description: 'ask the machine’s own metadata service' }),
    scope: z.string().default('https://cognitiveservices.azure.com/.default'),
    authority: Url.default('https://login.microsoftonline.com'),
    metadataUrl: Url.default('http://169.254.169.254'),
  })
  .refine(
    (a) =>
      [a.clientSecretEnv, a.clientSecretFile, a.federatedTokenFile].filter((way) => way !== undefined).length +
        Number(a.managedIdentity) ===
      1,
    'name one way: clientSecretEnv, clientSecretFile, federatedTokenFile or managedIdentity: true',
  )
  .refine(
    (a) => a.managedIdentity || (a.tenantId !== undefined && a.clientId !== undefined),
    'tenantId and clientId are required but with managedIdentity',
  )
export type EntraAuth = z.infer<typeof EntraAuth>

/** AWS Signature Version 4, with credentials as the AWS SDK finds them: environment, profile, web identity, container, instance. */
const AwsAuth = z.strictObject({
  type: z.literal('aws'),
  region: z.string().regex(/^[a-z0-9-]{1,40}$/),
  service: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('bedrock'),
  profile: z.string().max(100).optional().meta({ description: 'of the shared configuration files' }),
})
export type AwsAuth = z.infer<typeof AwsAuth>

/** Google: a service account's key, workload identity, the metadata server or what `gcloud` left (application default credentials). */
const GoogleAuth = z.strictObject({
  type: z.literal('google'),
  credentialsFile: z.string().optional().meta({
    description: 'JSON of a service account or of workload identity; else the application default credentials',
  }),
  scopes: z.array(z.string().max(200)).min(1).max(10).default(['https://www.googleapis.com/auth/cloud-platform']),
})
export type GoogleAuth = z.infer<typeof GoogleAuth>

export const UpstreamAuth = z.discriminatedUnion('type', [EntraAuth, AwsAuth, GoogleAuth])
export type UpstreamAuth = z.infer<typeof UpstreamAuth>

/** What a kind needs besides what all need. */
const NEEDS: Readonly<Record<string, readonly ('baseUrl' | 'region' | 'project')[]>> = {
  'openai-compatible': ['baseUrl'],
  anthropic: ['baseUrl'],
  'azure-openai': ['baseUrl'],
  bedrock: ['region'],
  vertex: ['region', 'project'],
  sandbox: [],
}

export const Upstream = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/)
      .meta({ description: 'name for `models[].upstream`; `sandbox` is the built-in one’s' }),
    kind: z
      .enum(['openai-compatible', 'anthropic', 'azure-openai', 'bedrock', 'vertex', 'llama-cpp', 'sandbox'])
      .meta({ description: 'wire format that it speaks' }),
    baseUrl: Url.optional().meta({ description: 'up to and without `/v1`: https://api.openai.com' }),
    apiKeyEnv: z.string().optional().meta({ description: 'name of the environment variable that holds its key' }),
    apiKeyFile: z.string().optional().meta({ description: 'file that holds its key' }),
    auth: UpstreamAuth.optional().meta({ description: 'how it is spoken to in place of a key' }),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/)
      .optional()
      .meta({ description: 'of `bedrock` and `vertex`; vertex also takes `global`' }),
    project: z
      .string()
      .regex(/^[a-z0-9:.-]{1,100}$/)
      .optional()
      .meta({ description: 'Google Cloud project of `vertex`' }),
    apiVersion: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,40}$/)
      .optional()
      .meta({ description: 'of `azure-openai`, for the API by deployments; without it the v1 API' }),
    grant: z
      .string()
      .regex(/^[A-Za-z0-9_]{1,100}$/)
      .optional()
      .meta({ description: 'of `llama-cpp`: under which weights are read to be served' }),
    file: z
      .string()
      .max(1_024)
      .optional()
      .meta({ description: 'of `llama-cpp`, with `grant`: path of the GGUF file in its version' }),
    path: z.string().min(1).optional().meta({
      description:
        'of `llama-cpp`, in place of `grant` and `file`: a GGUF file on this machine, relative to the configuration',
    }),
    contextTokens: z
      .int()
      .min(64)
      .max(1_048_576)
      .optional()
      .meta({ description: 'of `llama-cpp`, for each answer; 4096 when absent' }),
    parallel: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .meta({ description: 'of `llama-cpp`: answers at once, 2 when absent; more wait' }),
    threads: z
      .int()
      .min(1)
      .max(512)
      .optional()
      .meta({ description: 'of `llama-cpp`: for its calculation; half of the cores when absent, at least one' }),
    libraryDir: z.string().optional().meta({
      description: 'of `llama-cpp`: folder in which node-llama-cpp is installed; where Safelevel runs when absent',
    }),
    proxy: z
      .union([z.literal('none'), Url])
      .optional()
      .meta({ description: 'instead of `egress.proxy`; `none` goes straight' }),
    caFile: z.string().optional().meta({ description: 'certificates to trust besides those of `egress.caFiles`' }),
    certFile: z.string().optional().meta({ description: 'client certificate, PEM' }),
    keyFile: z.string().optional().meta({ description: 'its key, PEM' }),
    connectTimeoutMs: z.int().positive().default(10_000).meta({ description: 'for a connection to open' }),
    firstByteTimeoutMs: z
      .int()
      .positive()
      .default(120_000)
      .meta({ description: 'from the request to the first byte of the answer' }),
    idleTimeoutMs: z.int().positive().default(60_000).meta({ description: 'longest silence within an answer' }),
    maxConnections: z.int().positive().default(256).meta({ description: 'at a time' }),
    retries: z
      .int()
      .min(0)
      .max(5)
      .default(2)
      .meta({ description: 'on connection failure, 429 and 503, before anything was released' }),
  })
  .superRefine((upstream, check) => {
    for (const key of NEEDS[upstream.kind] ?? [])
      if (upstream[key] === undefined) check.addIssue({ code: 'custom', message: `${key} is required`, path: [key] })
    const ways = [upstream.path, upstream.grant ?? upstream.file].filter((way) => way !== undefined).length
    if (
      upstream.kind === 'llama-cpp' &&
      (ways !== 1 || (upstream.grant === undefined) !== (upstream.file === undefined))
    )
      check.addIssue({ code: 'custom', message: 'name its weights one way: path, or grant and file', path: ['path'] })
    if ((upstream.certFile === undefined) !== (upstream.keyFile === undefined))
      check.addIssue({ code: 'custom', message: 'certFile and keyFile go together', path: ['certFile'] })
    if (upstream.auth !== undefined && (upstream.apiKeyEnv ?? upstream.apiKeyFile) !== undefined)
      check.addIssue({ code: 'custom', message: 'auth stands in place of a key: name one of them', path: ['auth'] })
  })
export type UpstreamConfig = z.infer<typeof Upstream>

export const Model = z.strictObject({
  name: z.string().min(1).meta({ description: 'the name that customers send' }),
  upstream: z.string().meta({ description: 'id of an upstream' }),
  upstreamModel: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'what the upstream calls it; `name` when absent' }),
  surface: z
    .string()
    .default('api')
    .meta({ description: 'how customers reach it; public, and recorded with each decision' }),
})
export type ModelConfig = z.infer<typeof Model>
