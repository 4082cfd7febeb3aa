import type { Context, Hono } from 'hono'
import { AppError } from '../../base/errors.ts'
import { CARD_SCHEMA_PATH, type CardFormat, cardJsonSchema } from '../../models/cards/index.ts'
import { cardDiffPage, cardListPage, cardPage, withdrawnPage } from './card-pages.ts'
import type { PublicCards, PublicSiteDeps } from './deps.ts'

const SHORT = { 'cache-control': 'public, max-age=60' }
const NUMBER = /^[1-9]\d{0,7}$/
/** A longer ending before the one that it ends with. */
const FILES: readonly (readonly [string, CardFormat])[] = [
  ['.cdx.json', 'cyclonedx'],
  ['.json', 'json'],
  ['.md', 'markdown'],
]

/** Model cards for everybody, and the schema of their format. */
export function cardRoutes(site: Hono, deps: PublicSiteDeps, cards: PublicCards): void {
  site.get(CARD_SCHEMA_PATH, (c) =>
    c.body(`${JSON.stringify(cardJsonSchema(), null, 2)}\n`, 200, {
      ...SHORT,
      'content-type': 'application/schema+json',
      'access-control-allow-origin': '*',
    }),
  )
  site.get('/cards', async (c) => {
    const all = await cards.publishedAll()
    const shown = await Promise.all(all.map(async (card) => ({ card, standing: await cards.standing(card.model) })))
    return c.html(cardListPage(deps, shown), 200, SHORT)
  })
  site.get('/cards/:file', async (c) => {
    const name = c.req.param('file')
    // A model may be called as a file is: its page comes first.
    const page = await currentPage(c, deps, cards, name)
    return page ?? (await currentFile(c, cards, name)) ?? c.notFound()
  })
  site.get('/cards/:model/v/:number', async (c) => {
    const { model, number } = c.req.param()
    if (!NUMBER.test(number)) return c.notFound()
    const version = await orNull(cards.get(model, number))
    if (version === null) return c.notFound()
    const [standing, versions] = await Promise.all([cards.standingOf(version), cards.versions(model)])
    return c.html(cardPage(deps, { version, standing, versions, nowMs: deps.clock.now() }), 200, SHORT)
  })
  site.get('/cards/:model/diff/:from/:to', async (c) => {
    const { model, from, to } = c.req.param()
    if (!NUMBER.test(from) || !NUMBER.test(to)) return c.notFound()
    const diff = await orNull(cards.diff(model, from, to, 'public'))
    return diff === null ? c.notFound() : c.html(cardDiffPage(deps, model, Number(from), Number(to), diff), 200, SHORT)
  })
}

async function currentPage(
  c: Context,
  deps: PublicSiteDeps,
  cards: PublicCards,
  model: string,
): Promise<Response | null> {
  const version = await cards.published(model)
  if (version !== null) {
    const [standing, versions] = await Promise.all([cards.standing(model), cards.versions(model)])
    return c.html(cardPage(deps, { version, standing, versions, nowMs: deps.clock.now() }), 200, SHORT)
  }
  const [last] = await cards.versions(model)
  return last?.state === 'withdrawn' ? c.html(withdrawnPage(deps, last), 200, SHORT) : null
}

async function currentFile(c: Context, cards: PublicCards, name: string): Promise<Response | null> {
  for (const [ending, format] of FILES) {
    if (!name.endsWith(ending)) continue
    const version = await cards.published(name.slice(0, -ending.length))
    if (version === null) continue
    const { body, contentType } = await cards.export(version, format, 'public')
    return c.body(body, 200, { ...SHORT, 'content-type': contentType, 'access-control-allow-origin': '*' })
  }
  return null
}

/** What isn't there is no failure of ours. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
