import { Hono } from 'hono'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { AppError } from '../../base/errors.ts'
import { isPublicPath } from '../../ledger/index.ts'
import { appealRoutes } from './appeal-routes.ts'
import { cardRoutes } from './card-routes.ts'
import type { PublicSiteDeps } from './deps.ts'
import { allowForms } from './form-policy.ts'
import { homePage } from './home-page.ts'
import { layout } from './layout.ts'
import { readTile } from './ledger-files.ts'
import { policyDiffPage } from './policy-diff-page.ts'
import { type PublicPolicyVersion, policyHistoryPage, policyVersionPage } from './policy-history.ts'
import { policyPage } from './policy-page.ts'
import { reportSite } from './report-routes.ts'
import { securityTxt } from './security-txt.ts'
import { FAVICON, STYLE, STYLE_PATH } from './style.ts'
import { sitemapRoutes, transparencyRoutes } from './transparency-routes.ts'
import { allowScript, verifyRoutes } from './verify-page.ts'

const FORMS: ReadonlySet<string> = new Set(['/appeal', '/appeal/status', '/appeal/withdraw'])
const SHORT = 'public, max-age=60'
const FOREVER = 'public, max-age=31536000, immutable'
const PLAIN = 'text/plain; charset=utf-8'

/**
 * The pages and files that anyone may read, without a key, a cookie or a script. Everything shown is worked out at the time of the
 * request from what is in force, so no page can be stale by more than its minute of caching.
 */
export function createPublicSite(deps: PublicSiteDeps): Hono {
  const site = new Hono()
  if (deps.intake !== undefined) site.route('/report', reportSite(deps.intake))
  if (deps.contest !== undefined) allowForms(site, ['/appeal', '/appeal/*', '/decisions'])
  allowForms(site, ['/policy/history'])
  allowScript(site)
  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      xFrameOptions: 'DENY',
      // Whether the site is reached over TLS is known to the proxy in front of it, which sets this header there.
      strictTransportSecurity: false,
      // The ledger's files are for everyone to fetch.
      crossOriginResourcePolicy: 'cross-origin',
    }),
  )
  site.use(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    if (c.req.method === 'POST' && deps.contest !== undefined && FORMS.has(c.req.path)) return next()
    return c.text('Only GET and HEAD are answered here.\n', 405, { allow: 'GET, HEAD' })
  })

  site.get('/', async (c) => c.html(await homePage(deps), 200, { 'cache-control': SHORT }))
  policyRoutes(site, deps)
  site.get('/.well-known/security.txt', (c) => {
    const text = securityTxt(deps)
    if (text === null) return c.text('No security contact is configured on this installation.\n', 404)
    return c.body(text, 200, { 'content-type': PLAIN, 'cache-control': SHORT })
  })
  if (deps.contest !== undefined) appealRoutes(site, deps, deps.contest)
  if (deps.transparency !== undefined) transparencyRoutes(site, deps, deps.transparency)
  if (deps.cards !== undefined) cardRoutes(site, deps, deps.cards)
  sitemapRoutes(site, deps)
  ledgerRoutes(site, deps)
  verifyRoutes(site, deps)
  serviceRoutes(site, deps)
  assetRoutes(site, deps)

  site.notFound((c) => c.html(notFoundPage(deps), 404))
  return site
}

function policyRoutes(site: Hono, deps: PublicSiteDeps): void {
  const short = { 'cache-control': SHORT }
  site.get('/policy', (c) => c.html(policyPage(deps), 200, short))
  site.get('/policy/history', (c) => c.html(policyHistoryPage(deps), 200, short))
  site.get('/policy/versions/:version', async (c) => {
    const found = await versionOf(deps, c.req.param('version'))
    if (found === null) return c.notFound()
    const { previous } = found.version
    const before = previous === null ? null : await versionOf(deps, previous)
    return c.html(policyVersionPage(deps, found, before), 200, short)
  })
  // Where the form of the history leads: only what names a version goes on into an address.
  site.get('/policy/diff', async (c) => {
    const [from, to] = await Promise.all(['from', 'to'].map((name) => versionOf(deps, c.req.query(name) ?? '')))
    if (from == null || to == null) return c.notFound()
    return c.redirect(`/policy/diff/${from.version.digest}/${to.version.digest}`, 303)
  })
  site.get('/policy/diff/:from/:to', async (c) => {
    const [from, to] = await Promise.all([versionOf(deps, c.req.param('from')), versionOf(deps, c.req.param('to'))])
    if (from === null || to === null) return c.notFound()
    return c.html(policyDiffPage(deps, from, to), 200, short)
  })
  site.get('/policy.json', (c) =>
    c.body(deps.policy().view().canonical, 200, { 'content-type': 'application/json', ...short }),
  )
}

function ledgerRoutes(site: Hono, { ledger }: PublicSiteDeps): void {
  const open = { 'access-control-allow-origin': '*' }
  site.get('/ledger/checkpoint', (c) => {
    const note = ledger.checkpoint()
    if (note === null) return c.text('The ledger has no checkpoint yet.\n', 404)
    return c.body(note, 200, { ...open, 'content-type': PLAIN, 'cache-control': 'no-cache' })
  })
  site.get('/ledger/vkey', (c) =>
    c.body(`${ledger.verifierKey()}\n`, 200, { ...open, 'content-type': PLAIN, 'cache-control': SHORT }),
  )
  site.get('/ledger/policy', (c) => {
    const policy = ledger.trustPolicy()
    if (policy === null) return c.text('No witness is asked to cosign this ledger.\n', 404)
    return c.body(policy, 200, { ...open, 'content-type': PLAIN, 'cache-control': SHORT })
  })
  site.get('/ledger/succession/:id', async (c) => {
    const path = c.req.path.slice('/ledger/'.length)
    const note = isPublicPath(path) ? await ledger.tiles.read(path) : null
    if (note === null) return c.text('This key is none of the log’s, or is still its key.\n', 404)
    return c.body(new Uint8Array(note), 200, { ...open, 'content-type': PLAIN, 'cache-control': SHORT })
  })
  site.get('/ledger/tile/*', async (c) => {
    const file = await readTile(ledger.tiles, c.req.path.slice('/ledger/'.length))
    if (file === null) return c.text('There is no such tile.\n', 404)
    return c.body(file.bytes, 200, {
      ...open,
      'content-type': 'application/octet-stream',
      'cache-control': file.cacheControl,
    })
  })
}

function serviceRoutes(site: Hono, deps: PublicSiteDeps): void {
  const fresh = { 'cache-control': 'no-store' }
  site.get('/healthz', (c) => c.text('ok\n', 200, fresh))
  site.get('/readyz', (c) => {
    const { ready, reasons, observed } = deps.readiness()
    return c.json({ ready, reasons: [...reasons], observed: [...observed] }, ready ? 200 : 503, fresh)
  })
}

function assetRoutes(site: Hono, { baseUrl }: PublicSiteDeps): void {
  const base = () => baseUrl().replace(/\/+$/, '')
  site.get(STYLE_PATH, (c) =>
    c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': FOREVER }),
  )
  const icon = { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' }
  site.get('/favicon.svg', (c) => c.body(FAVICON, 200, icon))
  site.get('/favicon.ico', (c) => c.body(FAVICON, 200, icon))
  // Pages are for everyone to find; the API and the ledger's thousands of tiles are of no use to a search engine.
  site.get('/robots.txt', (c) =>
    c.text(`User-agent: *\nDisallow: /v1/\nDisallow: /ledger/tile/\nSitemap: ${base()}/sitemap.xml\n`),
  )
}

/** Null when there is none of this name or digest. */
async function versionOf(deps: PublicSiteDeps, reference: string): Promise<PublicPolicyVersion | null> {
  try {
    return await deps.policyVersion(reference.slice(0, 100))
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}

function notFoundPage(deps: PublicSiteDeps) {
  const organisation = deps.config.organisation.name
  return layout({
    title: `Not found: ${organisation}`,
    language: 'en',
    organisation,
    body: html`<h1>There is nothing at this address</h1>
<p>What runs here, how to report something harmful and the policy in force stand on the <a href="/">overview</a>.</p>`,
  })
}
