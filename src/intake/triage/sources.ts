import type { ChatApi, ChatRequest, WireAnswer } from '../../asking/index.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { OwnFetch } from '../../base/pinned-fetch.ts'
import type { LedgerEntry } from '../../ledger/index.ts'
import type { Registry } from '../../models/registry/index.ts'
import type { Policies } from '../../policy/index.ts'
import type { Found, LinkPort, ModelPort, Target } from './ports.ts'

/** A model as the gateway serves it. */
export interface ServedAs {
  readonly api: ChatApi
  readonly upstreamModel: string
  /** Past the gateway: no key of a customer's, no screening. */
  send(request: ChatRequest, signal: AbortSignal): Promise<WireAnswer>
}

export interface ModelSources {
  readonly registry: Pick<Registry, 'deployments'>
  /** null: the gateway serves no model of this name, or it speaks no chat. */
  readonly served: (model: string) => ServedAs | null
  readonly probe: Probe
}

/** Longer than any answer that is judged. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const SECRET_BYTES = 24
const PREFIX = 'sl_probe_'

/**
 * The key under which reproductions come through our own front door. It lives in memory only; the gateway asks whether a secret is it, serves
 * what it serves to customers, records each decision as that of a probe, and counts none against anybody.
 */
export class Probe {
  readonly #secret: string
  #door: { readonly baseUrl: string; readonly send: OwnFetch } | null = null

  constructor(ids: Ids) {
    this.#secret = PREFIX + ids.bytes(SECRET_BYTES).toString('base64url')
  }

  /** Whether a key is the one that reproductions carry. */
  owns(secret: string): boolean {
    return secret === this.#secret
  }

  /** Once the data plane listens. @param baseUrl without a slash at its end */
  reachedAt(baseUrl: string, send: OwnFetch = fetch): void {
    this.#door = { baseUrl, send }
  }

  /** @throws {AppError} UPSTREAM_UNAVAILABLE before the data plane listens */
  async ask({ path, headers, body }: ChatRequest, signal: AbortSignal): Promise<WireAnswer> {
    if (this.#door === null) throw new AppError('UPSTREAM_UNAVAILABLE', 'the gateway does not listen yet')
    const { baseUrl, send } = this.#door
    const answer = await send(baseUrl + path, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${this.#secret}` },
      body: Buffer.from(body).toString('utf8'),
      signal,
    })
    const decision = answer.headers.get('x-safelevel-decision')
    const after = answer.headers.get('retry-after')
    return {
      status: answer.status,
      headers: {
        ...(decision === null ? {} : { 'x-safelevel-decision': decision }),
        ...(after === null ? {} : { 'retry-after': after }),
      },
      body: (await answer.text()).slice(0, MAX_ANSWER_BYTES),
    }
  }
}

/** The way to what is deployed: its first surface of ours that the gateway serves as a chat. */
export function modelPort({ registry, served, probe }: ModelSources): ModelPort {
  const found = async (deployment: string): Promise<{ target: Target; server: ServedAs }> => {
    const { id, checkpoint, surfaces, withdrawnAt } = await registry.deployments.get(deployment)
    if (withdrawnAt !== null) throw new AppError('CONFLICT', 'this deployment was withdrawn')
    for (const model of surfaces.flatMap(({ gatewayModels }) => gatewayModels)) {
      const server = served(model)
      if (server === null) continue
      const { api, upstreamModel } = server
      return { server, target: { deployment: id, checkpoint, model, upstreamModel, api } }
    }
    throw new AppError('CONFLICT', 'the gateway serves this deployment under no name, or speaks no chat with it')
  }
  return {
    target: async (deployment) => (await found(deployment)).target,
    async ask({ deployment }, request, through, signal) {
      if (through === 'gateway') return probe.ask(request, signal)
      return (await found(deployment)).server.send(request, signal)
    },
  }
}

export interface LinkSources {
  readonly policies: Pick<Policies, 'version'>
  readonly registry: Pick<Registry, 'checkpoints'>
  readonly ledger: { readonly size: number; entries(from: number, limit: number): Promise<LedgerEntry[]> }
  /** Of the room of cards; absent where there is none. */
  readonly card?: (model: string, checkpoint: string | null) => Promise<Found | null>
}

/** So far back the ledger is read for what it says of a report, when this process first asks. */
const LOOKED_AT = 5_000
const AT_ONCE = 1_000
const MOST_KEPT = 20_000

export function linkPort({ policies, registry, ledger, card }: LinkSources): LinkPort {
  const told = new ToldOf(ledger)
  return {
    policyVersion: (reference) =>
      orNull(async () => {
        const { version } = await policies.version(reference)
        return { id: version.version, digest: version.digest, at: version.effectiveAt }
      }),
    checkpoint: (id) =>
      orNull(async () => {
        const { weightsDigest, takenAt } = await registry.checkpoints.get(id)
        return { id, digest: weightsDigest, at: takenAt }
      }),
    card: async (model, checkpoint) => (await card?.(model, checkpoint)) ?? null,
    positions: (ids) => told.about(ids),
  }
}

/** What the ledger says of things that change seldom, as far back as is looked: read once, and then only what has come since. */
class ToldOf {
  readonly #ledger: LinkSources['ledger']
  #rows: { readonly id: string; readonly kind: string; readonly position: number }[] = []
  #next: number
  #reading: Promise<void> = Promise.resolve()

  constructor(ledger: LinkSources['ledger']) {
    this.#ledger = ledger
    this.#next = Math.max(0, ledger.size - LOOKED_AT)
  }

  async about(ids: readonly string[]) {
    this.#reading = this.#reading.catch(() => {}).then(() => this.#read())
    await this.#reading
    const wanted = new Set(ids)
    return this.#rows.filter(({ id }) => wanted.has(id))
  }

  async #read(): Promise<void> {
    // After a pause in which very much was recorded, that is not read either.
    this.#next = Math.max(this.#next, this.#ledger.size - LOOKED_AT)
    for (const until = this.#ledger.size; this.#next < until; ) {
      const entries = await this.#ledger.entries(this.#next, Math.min(AT_ONCE, until - this.#next))
      if (entries.length === 0) break
      for (const { position, event } of entries) {
        // Decisions are what there is most of, and no part of a chain.
        if (event !== null && event.subject.type !== 'request')
          this.#rows.push({ id: event.subject.id, kind: event.kind, position })
      }
      this.#next = (entries.at(-1)?.position ?? this.#next) + 1
    }
    if (this.#rows.length > MOST_KEPT) this.#rows = this.#rows.slice(-MOST_KEPT)
  }
}

async function orNull(find: () => Promise<Found>): Promise<Found | null> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
