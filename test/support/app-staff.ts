import type { App } from '../../src/app.ts'
import { newAssignment } from '../../src/staff/assignments.ts'
import { type Role, relyingParty } from '../../src/staff/index.ts'
import { ASSIGNMENT, PASSKEY, PERSON } from '../../src/staff/records.ts'
import * as store from '../../src/staff/store.ts'
import type { RunningApp } from './running-app.ts'
import { SoftwareAuthenticator } from './software-authenticator.ts'

/** Somebody who has signed in to a running installation with their key, past the ceremony of enrolment. */
export interface SignedIn {
  readonly id: string
  /** To sign with what they agree to. */
  readonly key: SoftwareAuthenticator
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

/** Puts a person who holds these roles there and signs them in over HTTP. */
export async function signInAs({ app, controlUrl }: RunningApp, roles: readonly Role[]): Promise<SignedIn> {
  const person = await putPerson(app, roles)
  return { ...person, send: await signIn(controlUrl, person.key) }
}

/** A person who holds these roles, and their key. */
export async function putPerson(app: App, roles: readonly Role[]): Promise<Pick<SignedIn, 'id' | 'key'>> {
  const { db } = app.staff.context.db
  const { origin } = relyingParty(app.staff.context.config)
  const key = new SoftwareAuthenticator({ origin })
  const at = new Date(app.clock.now()).toISOString()
  const id = app.ids.next('per')
  await store.keep(db, PERSON, {
    id,
    displayName: `Person ${id.slice(-4)}`,
    email: null,
    active: true,
    development: false,
    subject: null,
    provisioned: false,
    externalId: null,
    groupRoles: [],
    createdAt: at,
    deactivatedAt: null,
  })
  await store.keep(db, PASSKEY, {
    id: app.ids.next('pk'),
    personId: id,
    credentialId: key.id,
    publicKey: key.coseKey().toString('base64url'),
    counter: key.counter,
    transports: [],
    deviceType: 'singleDevice',
    backedUp: false,
    label: 'key',
    createdAt: at,
    lastUsedAt: null,
    removedAt: null,
  })
  for (const role of roles) {
    await store.keep(db, ASSIGNMENT, newAssignment(app.staff.context, { personId: id, role, source: 'approval' }))
  }
  return { id, key }
}

/** Signs in with a key, at whichever server knows it. */
export async function signIn(controlUrl: string, key: SoftwareAuthenticator): Promise<SignedIn['send']> {
  const { origin } = key
  let cookie = ''
  let csrf = ''
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(controlUrl + path, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { origin, 'x-safelevel-csrf': csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        cookie,
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
  const begun = await send('POST', '/api/v1/staff/login/options')
  if (!begun.ok) throw new Error(`signing in: ${begun.status} ${await begun.text()}`)
  const ceremonyCookies = begun.headers.getSetCookie()
  cookie = ceremonyCookies.map((set) => set.split(';', 1)[0]).join('; ')
  const { ceremony, options } = (await begun.json()) as { ceremony: string; options: { challenge: string } }
  const signedIn = await send('POST', '/api/v1/staff/login', {
    ceremony,
    assertion: key.get({ challenge: options.challenge }),
  })
  if (signedIn.status !== 204) throw new Error(`signing in: ${signedIn.status} ${await signedIn.text()}`)
  cookie = signedIn.headers
    .getSetCookie()
    .map((set) => set.split(';', 1)[0])
    .join('; ')
  csrf = ((await (await send('GET', '/api/v1/staff/session')).json()) as { csrf: string }).csrf
  return send
}
