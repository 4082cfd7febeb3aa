import type { Dispatcher } from 'undici'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { seal, unseal } from '../base/sealing.ts'
import type { DbHandle } from '../db/index.ts'
import { toEvent } from '../journal/index.ts'
import type { Actor, LedgerEvent } from '../ledger/index.ts'
import { checkWebhookUrl, publicOnly } from './address-guard.ts'
import { WebhookChannel } from './channels/webhook.ts'
import type { Message } from './message.ts'
import type { CreatedWebhook, NewWebhook, WebhookView } from './schema.ts'
import * as store from './store.ts'

const SECRET_BYTES = 24
const MAX_PER_ORGANISATION = 5
const REFRESH_MS = 1_000

/** What customers hear of, by the name under which they hear of it. Events without an organisation concern all of them. */
const PUBLIC_NAMES: Readonly<Record<string, string>> = {
  'redress.statement_made': 'statement.made',
  'redress.appeal_filed': 'appeal.filed',
  'redress.appeal_decided': 'appeal.decided',
  'redress.exemption_granted': 'exemption.granted',
  'redress.exemption_ended': 'exemption.ended',
  'redress.policy_announced': 'policy.announced',
  'policy.published': 'policy.published',
  'enforcement.action_taken': 'restriction.applied',
  'enforcement.action_lifted': 'restriction.lifted',
  'enforcement.action_undone': 'restriction.lifted',
  'response.customers_told': 'model.notice',
}
const TO_ALL: ReadonlySet<string> = new Set(['redress.policy_announced', 'policy.published'])
/** Facts that a customer may read of such an event; anything else stays with staff. */
const PUBLIC_FACTS = [
  'action',
  'decision',
  'measure',
  'clause',
  'automatic',
  'outcome',
  'until',
  'version',
  'dueAt',
  'step',
  'scope',
  'models',
  'incident',
  'safeguards',
]

interface WebhooksDeps {
  readonly db: DbHandle
  readonly ledger: { append(event: LedgerEvent): Promise<unknown> }
  readonly clock: Clock
  readonly ids: Ids
  /** 32 bytes that seal the signing secrets. */
  readonly key: Buffer
  readonly privateAllowed: boolean
}

interface OpenWebhook {
  readonly id: string
  readonly organisationId: string
  readonly url: string
  readonly sealedSecret: Buffer
  readonly createdAt: Date
}

/** Customers' own webhooks: each hears of what concerns its organisation, signed with a secret of its own. */
export class Webhooks {
  readonly #deps: WebhooksDeps
  readonly #dispatcher: Dispatcher | undefined
  #open: readonly OpenWebhook[] = []
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: WebhooksDeps) {
    this.#deps = deps
    this.#dispatcher = deps.privateAllowed ? undefined : publicOnly()
  }

  /** @throws {AppError} REQUEST_INVALID, CONFLICT when the organisation has five */
  async create({ organisationId, url }: NewWebhook, by: Actor): Promise<CreatedWebhook> {
    const { db, clock, ids, key, privateAllowed } = this.#deps
    if (!privateAllowed) checkWebhookUrl(url)
    const open = (await store.listWebhooks(db.db, organisationId)).filter(({ endedAt }) => endedAt === null)
    if (open.length >= MAX_PER_ORGANISATION) {
      throw new AppError('CONFLICT', `an organisation has at most ${MAX_PER_ORGANISATION} webhooks: end one first`)
    }
    const id = ids.next('whk')
    const secret = `whsec_${ids.bytes(SECRET_BYTES).toString('base64')}`
    await this.#record('notify.webhook_added', id, { organisation: organisationId }, by)
    const createdAt = new Date(clock.now())
    await store.addWebhook(db.db, {
      id,
      organisationId,
      url,
      sealedSecret: seal(key, Buffer.from(secret), id, ids),
      createdAt,
    })
    this.#readAtMs = Number.NEGATIVE_INFINITY
    return { id, organisationId, url, createdAt: createdAt.toISOString(), endedAt: null, endedWhy: null, secret }
  }

  async list(organisationId?: string): Promise<WebhookView[]> {
    const rows = await store.listWebhooks(this.#deps.db.db, organisationId)
    return rows.map(({ id, organisationId, url, createdAt, endedAt, endedWhy }) => ({
      id,
      organisationId,
      url,
      createdAt: createdAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      endedWhy,
    }))
  }

  /** @throws {AppError} NOT_FOUND */
  async end(id: string, why: string, by: Actor): Promise<void> {
    const { db, clock } = this.#deps
    if (!(await store.endWebhook(db.db, id, why, new Date(clock.now())))) {
      throw new AppError('NOT_FOUND', 'there is no such webhook, or it has ended')
    }
    this.#readAtMs = Number.NEGATIVE_INFINITY
    await this.#record('notify.webhook_ended', id, { why }, by)
  }

  /** The webhooks that hear of an event. */
  async hearers(event: LedgerEvent): Promise<string[]> {
    if (PUBLIC_NAMES[event.kind] === undefined) return []
    const { organisation, organisations } = event.data
    const told = new Set(Array.isArray(organisations) ? organisations : [])
    return (await this.#known())
      .filter(({ organisationId, createdAt }) => {
        const theirs = organisation === organisationId || told.has(organisationId) || TO_ALL.has(event.kind)
        return theirs && event.time >= createdAt.toISOString()
      })
      .map(({ id }) => id)
  }

  /** Whether anybody could hear of anything. */
  async any(): Promise<boolean> {
    return (await this.#known()).length > 0
  }

  /** null when it has ended. */
  async channel(id: string): Promise<WebhookChannel | null> {
    const webhook = (await this.#known()).find((known) => known.id === id)
    if (webhook === undefined) return null
    const { key, clock } = this.#deps
    return new WebhookChannel({
      url: webhook.url,
      secret: unseal(key, webhook.sealedSecret, id).toString('utf8'),
      clock,
      payload: customerPayload,
      ...(this.#dispatcher === undefined ? {} : { dispatcher: this.#dispatcher }),
    })
  }

  async close(): Promise<void> {
    await this.#dispatcher?.close()
  }

  async #known(): Promise<readonly OpenWebhook[]> {
    const { db, clock } = this.#deps
    if (clock.monotonic() - this.#readAtMs >= REFRESH_MS) {
      this.#open = (await store.listWebhooks(db.db)).filter(({ endedAt }) => endedAt === null)
      this.#readAtMs = clock.monotonic()
    }
    return this.#open
  }

  async #record(kind: string, id: string, data: LedgerEvent['data'], actor: Actor): Promise<void> {
    await this.#deps.ledger.append(toEvent(this.#deps, actor, { kind, subject: { type: 'webhook', id }, data }))
  }
}

function customerPayload({ kind, at, event }: Message) {
  const facts = PUBLIC_FACTS.flatMap((name) => (event.data[name] === undefined ? [] : [[name, event.data[name]]]))
  return {
    type: PUBLIC_NAMES[kind] ?? kind,
    timestamp: at,
    data: { [event.subject.type]: event.subject.id, ...Object.fromEntries(facts) },
  }
}
