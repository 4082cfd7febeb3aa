import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Context, MiddlewareHandler } from 'hono'
import { shipped } from '../../base/shipped.ts'
import type { HttpEnv } from '../router.ts'

/** What `console/build.ts` writes, from a checkout and in the published package alike. */
const BUILT = shipped('dist/console')
const STAMP = 'build.json'
const INDEX = '/index.html'
/** Paths that are not the console's: whatever is wrong there is answered as an API answers. */
const RESERVED = /^\/(?:api|scim|vault|metrics|healthz|readyz|status|login\/oidc)(?:\/|$)/

/**
 * Scripts, styles, fonts and calls from this origin alone; nothing inline, no eval, no frame, and no string ever becomes markup (trusted
 * types), so that what users and models wrote can't run here.
 */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

interface ConsoleFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  /** Brotli, where it is worth it. */
  readonly compressed: Uint8Array<ArrayBuffer> | null
}

/**
 * Serves the web console: its files by name, and its first page for every path that it shows something at. To be used before the guard
 * of the API: the pages hold nothing that isn't in the published package.
 *
 * @param dir Where the built console lies.
 */
export function consolePages(dir: string = BUILT): MiddlewareHandler<HttpEnv> {
  let stamp: string | null = null
  let files: ReadonlyMap<string, ConsoleFile> = new Map()
  return async (c, next) => {
    const { method, path } = c.req
    if ((method !== 'GET' && method !== 'HEAD') || RESERVED.test(path)) return next()
    if (stamp === null || !path.startsWith('/assets/')) {
      // Built anew while this runs: the first page and what it names must fit together.
      const now = stampOf(dir)
      if (now !== stamp) files = now === null ? new Map() : readFiles(dir)
      stamp = now
    }
    const file = files.get(path)
    if (file !== undefined && path !== INDEX) return send(c, file, path)
    if (path.startsWith('/assets/')) return next()
    const index = files.get(INDEX)
    return index === undefined ? notBuilt(c) : send(c, index, INDEX)
  }
}

function send(c: Context<HttpEnv>, file: ConsoleFile, path: string): Response {
  c.header('content-security-policy', CONSOLE_POLICY)
  c.header('content-type', file.type)
  c.header('vary', 'accept-encoding')
  // Names under /assets hold a digest of what they name; the first page names them and must be the newest.
  const hashed = /-[\w-]{8,}\.\w+$/.test(path)
  c.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-store')
  const { compressed } = file
  if (
    compressed !== null &&
    /(?:^|,)\s*br\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)/.test(c.req.header('accept-encoding') ?? '')
  ) {
    c.header('content-encoding', 'br')
    return c.body(compressed)
  }
  return c.body(file.body)
}

function notBuilt(c: Context<HttpEnv>): Response {
  return c.text(
    'The console is not built. In a checkout, "npm ci" brings what it is built with and "npm start" builds it.\nThe state of this installation is at /status.\n',
    503,
  )
}

function stampOf(dir: string): string | null {
  const stat = statSync(join(dir, STAMP), { throwIfNoEntry: false })
  return stat === undefined ? null : `${stat.mtimeMs} ${stat.ino}`
}

/** All of it, less than a megabyte: no path that somebody sends is ever looked up on the disk. */
function readFiles(dir: string): ReadonlyMap<string, ConsoleFile> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'))
  const known = new Set(names)
  const files = names.flatMap((name): [string, ConsoleFile][] => {
    const type = TYPES[extname(name)]
    if (type === undefined) return []
    const compressed = known.has(`${name}.br`) ? bytes(join(dir, `${name}.br`)) : null
    return [[`/${name}`, { body: bytes(join(dir, name)), type, compressed }]]
  })
  return new Map(files)
}

function bytes(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path))
}
