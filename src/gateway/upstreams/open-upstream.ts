import { availableParallelism } from 'node:os'
import type { Clock } from '../../base/clock.ts'
import type { UpstreamConfig } from '../../base/config.ts'
import type { Egress } from '../../base/egress.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { UpstreamAuth } from '../../base/upstream-config.ts'
import { AwsAuth } from './auth/aws.ts'
import { EntraAuth } from './auth/entra.ts'
import { GoogleAuth } from './auth/google.ts'
import { KeyAuth, type RequestAuth } from './auth/request-auth.ts'
import { HttpUpstream } from './http.ts'
import { fileWeights, LlamaUpstream, type WeightsSource } from './llama-cpp/index.ts'
import { AzureWire } from './wires/azure.ts'
import { BedrockWire } from './wires/bedrock.ts'
import { PlainWire } from './wires/plain.ts'
import { VertexWire } from './wires/vertex.ts'
import type { Wire } from './wires/wire.ts'

/** What upstreams share. */
export interface UpstreamDeps {
  readonly ids: Ids
  readonly clock: Clock
  readonly egress: Egress
  /** For models served straight from the vault; absent where there is none. */
  readonly weights?: WeightsSource
}

/**
 * An upstream over HTTP as the configuration describes it.
 *
 * @param secret its API key, or with `auth: entra` the client's secret.
 * @throws {AppError} CONFIG_INVALID naming what is missing, or the file that can't be used
 */
export function openUpstream(config: UpstreamConfig, secret: string | undefined, deps: UpstreamDeps): HttpUpstream {
  const wire = wireOf(config)
  const dispatcher = deps.egress.open({
    origin: wire.origin,
    proxy: config.proxy,
    caFile: config.caFile,
    certFile: config.certFile,
    keyFile: config.keyFile,
    connectTimeoutMs: config.connectTimeoutMs,
    maxConnections: config.maxConnections,
    headersTimeoutMs: config.firstByteTimeoutMs,
    bodyTimeoutMs: config.idleTimeoutMs,
  })
  return new HttpUpstream(config, { wire, dispatcher, auth: authOf(config, secret, deps), ids: deps.ids })
}

/** A model whose weights lie in a file, or are read from the vault; without that or a vault it opens, and answers nothing. */
export function openLlama(config: UpstreamConfig, { weights = NO_VAULT, clock, ids }: UpstreamDeps): LlamaUpstream {
  const { contextTokens = 4_096, parallel = 2, libraryDir: library = process.cwd(), path } = config
  const { threads = Math.max(1, Math.floor(availableParallelism() / 2)) } = config // the gateway works on the same cores
  const host = { library, contextTokens, parallel, threads, clock, ids }
  if (path !== undefined) return new LlamaUpstream({ ...host, weights: fileWeights(path) })
  const grant = needed(config, 'grant', config.grant)
  const file = needed(config, 'file', config.file)
  return new LlamaUpstream({ ...host, weights: { open: () => weights.open(grant, file) } })
}

const NO_VAULT: WeightsSource = {
  open: () => Promise.reject(new AppError('UPSTREAM_UNAVAILABLE', 'there is no vault here to read weights from')),
}

function wireOf(config: UpstreamConfig): Wire {
  const { kind, baseUrl, region, project, apiVersion } = config
  if (kind === 'bedrock') return new BedrockWire(needed(config, 'region', region), baseUrl)
  if (kind === 'vertex') {
    return new VertexWire(needed(config, 'region', region), needed(config, 'project', project), baseUrl)
  }
  if (kind === 'azure-openai') return new AzureWire(needed(config, 'baseUrl', baseUrl), apiVersion)
  return new PlainWire(needed(config, 'baseUrl', baseUrl))
}

/** Bedrock and Vertex are spoken to as their clouds want it, unless a key was given. */
function authOf(config: UpstreamConfig, secret: string | undefined, deps: UpstreamDeps): RequestAuth {
  const auth = config.auth ?? (secret === undefined ? usualAuth(config) : undefined)
  if (auth === undefined) return new KeyAuth(config.kind, secret)
  if (auth.type === 'entra') return new EntraAuth(auth, secret, deps)
  return auth.type === 'aws' ? new AwsAuth(auth, deps) : new GoogleAuth(auth, deps)
}

function usualAuth(config: UpstreamConfig): UpstreamAuth | undefined {
  if (config.kind === 'bedrock')
    return { type: 'aws', region: needed(config, 'region', config.region), service: 'bedrock' }
  if (config.kind === 'vertex') return { type: 'google', scopes: ['https://www.googleapis.com/auth/cloud-platform'] }
  return undefined
}

function needed(config: UpstreamConfig, key: string, value: string | undefined): string {
  if (value === undefined) throw new AppError('CONFIG_INVALID', `upstream "${config.id}": ${key} is required`)
  return value
}
