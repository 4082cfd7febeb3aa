import { html } from 'hono/html'
import { quarterName } from '../../transparency/index.ts'
import type { PublicSiteDeps } from './deps.ts'
import { text } from './feed.ts'
import { type Html, layout } from './layout.ts'

interface Entry {
  readonly href: string
  readonly name: string
}
interface Group {
  readonly title: string
  readonly entries: readonly Entry[]
}

const MOST_CARDS = 200

/** Every page that there is, as far as what it belongs to is installed. */
async function groupsOf(deps: PublicSiteDeps): Promise<Group[]> {
  const { intake, contest, cards, transparency } = deps
  const entries = (...all: readonly (readonly [string, string])[]) => all.map(([href, name]) => ({ href, name }))
  return [
    { title: 'What runs here', entries: entries(['/', 'Overview']) },
    {
      title: 'Report and contest',
      entries: entries(
        ...(intake === undefined
          ? []
          : ([
              ['/report', 'Report something harmful'],
              ['/report/status', 'Follow a report'],
              ['/report/policy', 'What we promise to who reports'],
              ['/report/keys', 'Keys to encrypt under'],
            ] as const)),
        ...(transparency === undefined ? [] : ([['/acknowledgements', 'Thanks']] as const)),
        ...(contest === undefined
          ? []
          : ([
              ['/decisions', 'Look up a decision'],
              ['/appeal', 'Contest a decision'],
            ] as const)),
      ),
    },
    {
      title: 'Policy',
      entries: entries(
        ['/policy', 'The policy in force'],
        ['/policy/history', 'Its versions'],
        ['/policy.json', 'The policy for programs'],
      ),
    },
    ...(cards === undefined
      ? []
      : [
          {
            title: 'Model cards',
            entries: [
              { href: '/cards', name: 'All cards' },
              ...(await cards.list({ limit: MOST_CARDS })).items
                .filter(({ current }) => current !== null)
                .map(({ model, title }) => ({ href: `/cards/${encodeURIComponent(model)}`, name: title })),
            ],
          },
        ]),
    ...(transparency === undefined
      ? []
      : [
          {
            title: 'Numbers',
            entries: [
              { href: '/transparency', name: 'All quarters' },
              ...[...new Set((await transparency.editions()).map(({ quarter }) => quarter))].map((quarter) => ({
                href: `/transparency/${quarter}`,
                name: quarterName(quarter),
              })),
            ],
          },
        ]),
    {
      title: 'Ledger',
      entries: entries(
        ['/verify', 'Check the ledger'],
        ['/ledger/checkpoint', 'The newest checkpoint'],
        ['/ledger/vkey', 'Key of the log'],
      ),
    },
    ...(transparency === undefined
      ? []
      : [
          { title: 'Keeping up', entries: entries(['/feed.xml', 'Feed of changes (Atom)'], ['/sitemap', 'This page']) },
        ]),
  ]
}

export async function sitemapPage(deps: PublicSiteDeps): Promise<Html> {
  const organisation = deps.config.organisation.name
  const groups = await groupsOf(deps)
  return layout({
    title: `All pages: ${organisation}`,
    language: 'en',
    organisation,
    body: html`<h1>All pages</h1>
${groups
  .filter(({ entries }) => entries.length > 0)
  .map(
    ({ title, entries }) => html`<section><h2>${title}</h2>
<ul class="list">${entries.map(({ href, name }) => html`<li><a href="${href}">${name}</a></li>`)}</ul></section>`,
  )}`,
  })
}

/** The same for search engines. @see https://www.sitemaps.org/protocol.html */
export async function sitemapXml(deps: PublicSiteDeps): Promise<string> {
  const base = deps.baseUrl().replace(/\/+$/, '')
  const groups = await groupsOf(deps)
  const urls = groups.flatMap(({ entries }) => entries).filter(({ href }) => !href.startsWith('/ledger/'))
  return `<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${urls.map(({ href }) => `<url><loc>${text(base + href)}</loc></url>\n`).join('')}</urlset>
`
}
