import type { Context, Hono } from 'hono'
import { AppError } from '../../base/errors.ts'
import { QuarterId } from '../../base/quarter.ts'
import { reportSchema, toCsv } from '../../transparency/index.ts'
import { acknowledgementsPage } from './acknowledgements-page.ts'
import { advisoryPage } from './advisory-page.ts'
import type { PublicRecord, PublicSiteDeps } from './deps.ts'
import { atomFeed } from './feed.ts'
import { sitemapPage, sitemapXml } from './sitemap.ts'
import { type ShownReport, transparencyListPage, transparencyPage } from './transparency-page.ts'

const SHORT = { 'cache-control': 'public, max-age=60' }
const OPEN = { ...SHORT, 'access-control-allow-origin': '*' }
/** `3.json`, `3`, or a quarter instead of the number. */
const NAMED = /^([0-9a-z-]{1,10})(?:\.(json|csv))?$/

/** The numbers of each quarter, who is thanked, what has changed. */
export function transparencyRoutes(site: Hono, deps: PublicSiteDeps, record: PublicRecord): void {
  const organisation = () => deps.config.organisation.name
  site.get('/transparency', async (c) => {
    const [editions, running] = await Promise.all([record.editions(), record.running()])
    return c.html(transparencyListPage(organisation(), running, editions), 200, SHORT)
  })
  site.get('/transparency/:quarter', (c) => {
    const [, quarter = '', form] = NAMED.exec(c.req.param('quarter')) ?? []
    return answer(c, form, () => newest(record, quarter))
  })
  site.get('/transparency/:quarter/:edition', (c) => {
    const [, edition = '', form] = NAMED.exec(c.req.param('edition')) ?? []
    return answer(c, form, () => one(record, c.req.param('quarter'), edition))
  })
  site.get('/schemas/transparency-report.v1.json', (c) =>
    c.body(`${JSON.stringify(reportSchema(), null, 2)}\n`, 200, { ...OPEN, 'content-type': 'application/schema+json' }),
  )
  site.get('/acknowledgements', async (c) =>
    c.html(acknowledgementsPage(organisation(), await record.acknowledgements()), 200, SHORT),
  )
  site.get('/advisories/:id', async (c) => {
    const all = (await deps.advisories?.()) ?? []
    const found = all.find(({ id }) => id === c.req.param('id'))
    return found === undefined ? c.notFound() : c.html(advisoryPage(organisation(), found), 200, SHORT)
  })
  site.get('/feed.xml', async (c) => {
    const feed = atomFeed({
      organisation: organisation(),
      baseUrl: deps.baseUrl().replace(/\/+$/, ''),
      origin: deps.ledger.verifierKey().split('+')[0] ?? '',
      changes: await record.changes(),
      beganAt: deps.policyVersions().at(-1)?.publishedAt ?? new Date(0).toISOString(),
    })
    return c.body(feed, 200, { ...OPEN, 'content-type': 'application/atom+xml; charset=utf-8' })
  })
}

/** All pages, for people and for search engines. */
export function sitemapRoutes(site: Hono, deps: PublicSiteDeps): void {
  site.get('/sitemap', async (c) => c.html(await sitemapPage(deps), 200, SHORT))
  site.get('/sitemap.xml', async (c) =>
    c.body(await sitemapXml(deps), 200, { ...SHORT, 'content-type': 'application/xml; charset=utf-8' }),
  )
}

interface Found extends ShownReport {
  /** The JSON as its digest has it, where it was published. */
  readonly bytes: string
}

async function answer(c: Context, form: string | undefined, find: () => Promise<Found | null>): Promise<Response> {
  const found = await find()
  if (found === null) return c.notFound()
  const { report, bytes } = found
  if (form === undefined) return c.html(transparencyPage(found), 200, SHORT)
  const file = `transparency-${report.quarter}${report.edition === null ? '' : `-${report.edition}`}`
  if (form === 'json') return c.body(bytes, 200, { ...OPEN, 'content-type': 'application/json' })
  return c.body(toCsv(report), 200, {
    ...OPEN,
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${file}.csv"`,
  })
}

/** The newest edition, or the quarter that runs. */
async function newest(record: PublicRecord, quarter: string): Promise<Found | null> {
  if (!QuarterId.safeParse(quarter).success) return null
  const running = await record.running()
  if (running.quarter === quarter) {
    return { report: running, about: null, editions: [], bytes: JSON.stringify(running) }
  }
  return published(record, quarter)
}

async function one(record: PublicRecord, quarter: string, edition: string): Promise<Found | null> {
  if (!QuarterId.safeParse(quarter).success || !/^[1-9]\d{0,5}$/.test(edition)) return null
  return published(record, quarter, Number(edition))
}

async function published(record: PublicRecord, quarter: string, edition?: number): Promise<Found | null> {
  try {
    const found = await record.edition(quarter, edition)
    return { ...found, editions: await record.editions(quarter) }
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
