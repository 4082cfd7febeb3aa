import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { App } from '../app.ts'
import { noteOrigin, originOf } from '../base/client-origin.ts'
import { originReader } from './forwarded.ts'
import { ListenerTls } from './listener-tls.ts'

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

const HANDSHAKE_TIMEOUT_MS = 10_000
/** Longer than the 60 s of common reverse proxies and balancers, so that they close first. */
const KEEP_ALIVE_MS = 65_000
const RELOAD_MS = 5_000

/** How the two planes are entered: TLS of ours or not, and whose word on the client counts. */
export interface Doors {
  readonly publicTls: ListenerTls | null
  readonly controlTls: ListenerTls | null
  /** Makes the server of one plane. */
  create(tls: ListenerTls | null, options: ServerOptions, listener: Listener): Server
  /** Reads certificates again where they have changed. */
  readonly reloadMs: number
  reload(): Promise<void>
}

/** @throws {AppError} CONFIG_INVALID saying what is wrong with which file */
export function openDoors(app: Pick<App, 'config' | 'clock' | 'log' | 'conditions'>): Doors {
  const { tls, trustedProxies, forwardedHeader } = app.config
  const [publicTls, controlTls] = [tls.public, tls.control].map((pair) =>
    pair === undefined ? null : new ListenerTls(pair, tls.minVersion, app),
  )
  const listening = [publicTls, controlTls].filter((one): one is ListenerTls => one != null)
  if (listening.length > 0) {
    app.conditions.watch('certificate', 'degraded', () => {
      const problems = new Set(listening.map((one) => one.problem()).filter((problem) => problem !== null))
      return problems.size === 0 ? null : [...problems].join('; ')
    })
  }
  const readOrigin = originReader({ trustedProxies, forwardedHeader })
  const hsts = tls.hstsSeconds === 0 ? null : `max-age=${tls.hstsSeconds}`
  const around = (listener: Listener): Listener => {
    if (readOrigin === null && hsts === null) return listener
    return (req, res) => {
      if (readOrigin !== null) noteOrigin(req, readOrigin(req))
      if (hsts !== null && originOf(req).secure) res.setHeader('strict-transport-security', hsts)
      return listener(req, res)
    }
  }
  return {
    publicTls: publicTls ?? null,
    controlTls: controlTls ?? null,
    create(own, given, listener) {
      const options = { keepAliveTimeout: KEEP_ALIVE_MS, ...given }
      if (own === null) return createServer(options, around(listener))
      const secured = { ...options, ...own.options, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }
      const server = createTlsServer(secured, around(listener))
      own.serve(server)
      return server
    },
    reloadMs: RELOAD_MS,
    reload: async () => {
      for (const one of listening) await one.reload()
    },
  }
}
