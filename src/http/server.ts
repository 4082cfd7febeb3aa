import { once } from 'node:events'
import type { Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import { getRequestListener } from '@hono/node-server'
import { type App, watchFault, weightsStanding } from '../app.ts'
import { Chores } from '../base/chores.ts'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { type OwnFetch, pinnedFetch } from '../base/pinned-fetch.ts'
import { VERSION } from '../base/version.ts'
import { relyingParty } from '../staff/index.ts'
import { createControlPlane, type StatusView } from './control-plane/index.ts'
import { createDataPlane } from './data-plane.ts'
import { openDoors } from './door.ts'
import type { ListenerTls } from './listener-tls.ts'
import { createPublicSite } from './public-site/index.ts'
import { safetyRoutes } from './safety-routes.ts'

/** A part of an upload of weights may come over a slow line. */
const CONTROL_REQUEST_MS = 600_000

/** Both planes, listening; disposing it stops listening and waits for open connections. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly publicUrl: string
  readonly controlUrl: string
  /** Where browsers reach the console: a name, since passkeys need one. */
  readonly consoleUrl: string
}

/**
 * Opens both planes.
 *
 * @throws {AppError} CONFIG_INVALID when a port is taken or may not be bound; nothing stays open.
 */
export async function startServer(app: App): Promise<RunningServer> {
  await using servers = new AsyncDisposableStack()
  const { config } = app
  const doors = openDoors(app)
  const dataPlane = createDataPlane(app.gateway, safetyApi(app), publicSite(app), config.limits, doors)
  servers.adopt(dataPlane, closeServer)
  const publicUrl = await listen(dataPlane, config.host, config.publicPort, 'publicPort', doors.publicTls)
  if (app.publicUrl === '') app.publicUrl = publicUrl
  const stopping = new AbortController()
  const control = createControlPlane({
    accounts: app.accounts,
    enforcement: app.enforcement,
    redress: app.redress,
    ledger: app.ledger,
    witnessing: app.witnessing,
    staff: app.staff,
    canaries: app.canaries,
    decisions: app.decisions,
    content: app.content,
    review: app.review,
    notify: app.notify,
    models: app.modelRooms,
    transparency: app.disclosure.transparency,
    release: app.release,
    cards: app.disclosure.cards,
    weights: app.weights,
    insider: app.insider,
    controls: app.controls,
    controlEvidence: app.controlEvidence,
    audit: app.audit,
    runbooks: app.runbooks,
    refusal: app.refusal,
    intake: app.disclosure.intake,
    noncompliance: app.disclosure.noncompliance,
    organisation: app.config.organisation.name,
    clock: app.clock,
    operations: app.operations,
    backups: app.backups,
    keyDrills: app.keyDrills,
    restoration: app.restoration,
    policy: {
      policies: app.policies,
      drafts: app.policyDrafts,
      replays: app.policyReplays,
      classifier: app.classifier,
    },
    stopping: stopping.signal,
    operatorToken: app.operatorToken,
    status: () => statusOf(app),
    readiness: () => app.readiness(),
    metrics: async () => ({
      contentType: app.metrics.registry.contentType,
      body: await app.metrics.registry.metrics(),
    }),
    host: config.host,
    ids: app.ids,
    log: app.log,
  })
  const listener = getRequestListener(control.fetch, { overrideGlobalObjects: false })
  const controlServer = () =>
    servers.adopt(
      doors.create(doors.controlTls, { requestTimeout: CONTROL_REQUEST_MS, headersTimeout: 20_000 }, listener),
      closeServer,
    )
  const controlUrl = await listen(controlServer(), config.host, config.controlPort, 'controlPort', doors.controlTls)
  const port = Number(new URL(controlUrl).port)
  // Browsers take `localhost`, the name that passkeys need, for either loopback.
  if (config.host === '127.0.0.1' && hasLoopback6())
    await listen(controlServer(), '::1', port, 'controlPort', doors.controlTls)
  if (config.controlPort === 0 && config.staff?.origin === undefined)
    app.staff.reachedAt(`${schemeOf(doors.controlTls)}://localhost:${port}`)
  servers.use(new Chores(app.log)).every(doors.reloadMs, 'certificates not looked at', () => doors.reload())
  app.canaries.start(publicUrl, toOurselves(doors.publicTls))
  for (const asking of [app.disclosure.probe, app.disclosure.reporting])
    asking.reachedAt(publicUrl, toOurselves(doors.publicTls))
  servers.defer(() => stopping.abort()) // before the servers wait for their open connections
  const open = servers.move()
  return {
    publicUrl,
    controlUrl,
    consoleUrl: relyingParty(app.staff.context.config).origin,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function hasLoopback6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
}

function publicSite(app: App) {
  return createPublicSite({
    config: app.config,
    baseUrl: () => app.publicUrl,
    models: () =>
      app.models
        .list()
        .map(({ name, surface, sandbox }) => ({ name, surface, sandbox, enforced: app.enforces(surface) })),
    policy: () => app.policy,
    policyVersions: () => app.policies.versions(),
    policyVersion: (reference) => app.policies.version(reference),
    ledger: {
      tiles: app.ledger.tiles,
      size: () => app.ledger.health().publishedSize,
      checkpoint: () => app.witnessing?.served() ?? app.ledger.checkpoint(),
      verifierKey: () => app.ledger.vkey,
      trustPolicy: () => app.witnessing?.trustPolicy() ?? null,
      witnesses: () => app.witnessing?.state() ?? null,
    },
    clock: app.clock,
    readiness: () => ({ ...app.readiness(), observed: app.observed() }),
    transparency: app.disclosure.transparency,
    advisories: () => app.disclosure.advisories(),
    cards: app.disclosure.cards,
    contest: { ...app.config.redress, organisation: app.config.organisation.name, redress: app.redress },
    intake: {
      organisation: app.config.organisation.name,
      contact: app.config.organisation.securityContact,
      config: app.config.intake,
      intake: app.disclosure.intake,
      models: () => app.models.list().filter(({ sandbox }) => !sandbox),
      clock: app.clock,
    },
  })
}

function safetyApi(app: App) {
  const { accounts, identity, clock, ids, log, config } = app
  return safetyRoutes({
    intake: app.disclosure.intake,
    config: config.intake,
    clock,
    ids,
    log,
    async authenticate(secret) {
      if (identity.takes(secret)) return await identity.authenticate(secret)
      const principal = accounts.authenticate(secret)
      if (principal === null)
        throw new AppError('UNAUTHENTICATED', 'the API key is not valid: it is mistyped, expired or revoked')
      return principal
    },
    admit: (principal) => accounts.admit(principal, { tokens: 0 }).admitted,
  })
}

async function statusOf(app: App): Promise<StatusView> {
  const { publishedSize, size, state, reason } = app.ledger.health()
  const { witnessed = false, by = [], of = 0 } = app.witnessing?.state() ?? {}
  const now = app.clock.now()
  return {
    name: app.config.organisation.name,
    version: VERSION,
    startedAt: new Date(app.startedAtMs).toISOString(),
    uptimeSeconds: Math.max(0, Math.floor((now - app.startedAtMs) / 1_000)),
    profile: app.config.controls.profile,
    commitments: await app.controls.counts(),
    health: healthOf(app),
    gatewayUrl: `${app.publicUrl}/v1`,
    store: app.storeKind,
    models: app.models.list().map(({ name, surface, sandbox, upstreamId }) => ({
      name,
      upstream: upstreamId,
      surface,
      sandbox,
      enforced: app.enforces(surface),
    })),
    policy: { version: app.policy.version, digest: app.policy.digest },
    classifier: app.classifierId,
    ledger: {
      origin: app.ledger.origin,
      size,
      provenSize: publishedSize,
      witnessed,
      witnesses: { by: [...by], of },
      health: state,
      reason,
    },
    canaries: canariesOf(app),
    weights: await weightsStanding(app.weights),
    insider: await insiderStanding(app),
    decisions: app.metrics.outcomes(),
  }
}

async function insiderStanding({ insider }: App): Promise<StatusView['insider']> {
  const state = await insider.watching()
  const { held, problem, lag } = state
  return { watched: held && problem === null, lag, fault: watchFault(state, insider.config) }
}

function healthOf(app: App): StatusView['health'] {
  const { state, ready, reasons, conditions } = app.readiness()
  return { state, ready, reasons: [...reasons], conditions: conditions.map((condition) => ({ ...condition })) }
}

function canariesOf(app: App): StatusView['canaries'] {
  const all = app.canaries.list()
  const [worst = null] = all.filter(({ state }) => state !== 'holds')
  return { holding: all.filter(({ state }) => state === 'holds').length, total: all.length, worst }
}

function schemeOf(tls: ListenerTls | null): 'http' | 'https' {
  return tls === null ? 'http' : 'https'
}

/** Canaries come in by the front door, which shows a certificate for the name that the public knows. */
function toOurselves(tls: ListenerTls | null): OwnFetch {
  return tls === null ? fetch : pinnedFetch(() => ({ pem: tls.certificate, name: tls.name }))
}

async function listen(
  server: Server,
  host: string,
  port: number,
  key: string,
  tls: ListenerTls | null,
): Promise<string> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    const code = codeOf(cause) ?? ''
    const why =
      code === 'EADDRINUSE' ? 'something else listens there' : code === 'EACCES' ? 'this user may not bind it' : code
    throw new AppError('CONFIG_INVALID', `${key}: can't listen on ${host}:${port}: ${why}; choose another port`, {
      cause,
    })
  }
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return `${schemeOf(tls)}://${host.includes(':') ? `[${host}]` : host}:${bound}`
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  await closed
}
