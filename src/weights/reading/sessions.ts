import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { loadOrCreateKey } from '../../base/keys.ts'
import { record, toEvent } from '../../journal/index.ts'
import type { ReadingContext } from './context.ts'
import type { ReadingGrant } from './ports.ts'
import { Proofs, type ProvenRequest } from './proofs.ts'

const SESSION_MS = 15 * 60_000
const PREFIX = 'slw_'
const MAX_TOKEN_CHARS = 1_024
const KEY_BYTES = 32

/** A device at work under a grant. Everything is in the token, so that every replica knows it. */
export interface Session {
  readonly id: string
  readonly grantId: string
  /** Of the device's key: every request is proven by it. */
  readonly thumbprint: string
  readonly expiresAtMs: number
}

const Claims = z.strictObject({
  id: z.string(),
  grant: z.string(),
  jkt: z.string(),
  exp: z.number(),
})

/** Sessions of devices: begun and used with a proof of the device's key, good for a quarter of an hour, and never without the grant. */
export class Sessions {
  readonly #context: ReadingContext
  readonly #key: Buffer
  readonly #proofs: Proofs

  /** @param keysDir with the installation's `digest.key`, which all replicas share: the key for tokens follows from it */
  constructor(context: ReadingContext, keysDir: string) {
    this.#context = context
    this.#proofs = new Proofs(context.clock)
    const shared = loadOrCreateKey(join(keysDir, 'digest.key'), KEY_BYTES, context.ids)
    this.#key = Buffer.from(hkdfSync('sha256', shared, '', 'safelevel weights session v1', KEY_BYTES))
  }

  /**
   * @throws {AppError} UNAUTHENTICATED; NOT_FOUND or FORBIDDEN saying why the grant opens nothing; LEDGER_UNAVAILABLE
   */
  async start(
    grantId: string,
    request: ProvenRequest,
  ): Promise<{ session: Session; token: string; grant: ReadingGrant }> {
    const { access, clock, ids, ledger } = this.#context
    const thumbprint = await this.#proofs.verify(request, null)
    const grant = await access.requireActive(grantId, thumbprint)
    await access.touched({
      personId: grant.personId,
      grantId,
      device: grant.device,
      version: grant.version,
      path: null,
    })
    const expiresAtMs = Math.min(clock.now() + SESSION_MS, Date.parse(grant.expiresAt))
    const session: Session = { id: ids.next('wses'), grantId: grant.id, thumbprint, expiresAtMs }
    const { id, device, host, version, personId } = grant
    const data = { session: session.id, device, host, version }
    const begun = { kind: 'weights.session_started', subject: { type: 'weights_grant', id }, data }
    await record(
      ledger,
      [toEvent(this.#context, { type: 'staff', id: personId }, begun)],
      'the session could not be recorded, so it was not begun',
    )
    return { session, token: this.#seal(session), grant }
  }

  /** Which key signed a request without a session. @throws {AppError} UNAUTHENTICATED */
  prove(request: ProvenRequest): Promise<string> {
    return this.#proofs.verify(request, null)
  }

  /** Whose request this is. @throws {AppError} UNAUTHENTICATED */
  async authenticate(token: string, request: ProvenRequest): Promise<Session> {
    const session = this.#open(token)
    if (session === null) throw new AppError('UNAUTHENTICATED', 'the session is not known: begin one')
    if (session.expiresAtMs <= this.#context.clock.now())
      throw new AppError('UNAUTHENTICATED', 'the session has ended: begin another one')
    if ((await this.#proofs.verify(request, token)) !== session.thumbprint)
      throw new AppError('UNAUTHENTICATED', 'the session belongs to another device')
    return session
  }

  #seal({ id, grantId, thumbprint, expiresAtMs }: Session): string {
    const claims = { id, grant: grantId, jkt: thumbprint, exp: expiresAtMs }
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${PREFIX}${body}.${this.#mac(body).toString('base64url')}`
  }

  #open(token: string): Session | null {
    if (token.length > MAX_TOKEN_CHARS) return null
    const match = /^slw_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(token)
    const [, body = '', mac = ''] = match ?? []
    const given = Buffer.from(mac, 'base64url')
    if (given.length !== KEY_BYTES || !timingSafeEqual(given, this.#mac(body))) return null
    const { id, grant, jkt, exp } = Claims.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
    return { id, grantId: grant, thumbprint: jkt, expiresAtMs: exp }
  }

  #mac(body: string): Buffer {
    return createHmac('sha256', this.#key).update(`${PREFIX}${body}`).digest()
  }
}
