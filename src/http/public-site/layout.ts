import { html, raw } from 'hono/html'
import { STYLE_PATH } from './style.ts'

/** A page's HTML: what `html` gives, which escapes every value put into it. */
export type Html = ReturnType<typeof html>

/** The places of the header, the same on every page. */
const PLACES = [
  ['/', 'Overview'],
  ['/report', 'Report'],
  ['/policy', 'Policy'],
  ['/cards', 'Cards'],
  ['/transparency', 'Numbers'],
  ['/verify', 'Verify'],
] as const
export type Place = (typeof PLACES)[number][0]

export interface Page {
  readonly title: string
  readonly language: string
  readonly organisation: string
  readonly body: Html
  /** Path of the one script of the page; absent on all pages but one. */
  readonly script?: string
  /** The place of the header that this page is, or belongs to. */
  readonly at?: Place
}

/** One column, nothing loaded from elsewhere. */
export function layout({ title, language, organisation, body, script, at }: Page): Html {
  return html`${raw('<!doctype html>')}
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${STYLE_PATH}">
<link rel="alternate" type="application/atom+xml" href="/feed.xml" title="Changes">
${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="home" href="/">${organisation}</a>
<nav aria-label="Pages">${PLACES.map(([href, name]) => place(href, name, at))}</nav>
</header>
<main id="main">
${body}
</main>
<footer><p><a href="/sitemap">All pages</a> · <a href="/feed.xml">Feed of changes</a> · <a href="/acknowledgements">Thanks</a></p>
<p>Served by Safelevel. ${script === undefined ? 'No scripts' : 'One script, of this site, that sends nothing'}, no cookies, no trackers.</p></footer>
</body>
</html>
`
}

function place(href: string, name: string, at: Place | undefined): Html {
  return href === at ? html`<a href="${href}" aria-current="page">${name}</a> ` : html`<a href="${href}">${name}</a> `
}

/** Blank lines part paragraphs; nothing else is markup. */
export function paragraphs(text: string): Html[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => html`<p>${paragraph}</p>`)
}

/** The contact as a link that shows the address and not its scheme. */
export function contactLink(contact: string): Html {
  return html`<a href="${contact}">${contact.replace(/^(mailto|tel):/, '')}</a>`
}

/** A day, UTC, as programs and people read it. @param at ISO 8601 */
export function day(at: string): Html {
  return html`<time datetime="${at}">${dayWords(at)}</time>`
}

/** `31 December 2026`, UTC. */
export function dayWords(at: string): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
}

export type Mark = 'holds' | 'watch' | 'fails' | 'unknown'
const MARKS: Readonly<Record<Mark, string>> = { holds: '✓', watch: '◐', fails: '■', unknown: '○' }

/** A state: a mark and a word, and only then a colour. */
export function mark(state: Mark, words: string): Html {
  return html`<span class="state ${state}"><span class="mark" aria-hidden="true">${MARKS[state]}</span> ${words}</span>`
}

/** A digest as people compare it. */
export function digest(name: string, hex: string): Html {
  return html`<dt>${name}</dt><dd><code class="digest">${hex}</code></dd>`
}
