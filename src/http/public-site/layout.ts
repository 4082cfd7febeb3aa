import { html, raw } from 'hono/html'
import { STYLE_PATH } from './style.ts'

/** A page's HTML: what `html` gives, which escapes every value put into it. */
export type Html = ReturnType<typeof html>

export interface Page {
  readonly title: string
  readonly language: string
  readonly organisation: string
  readonly body: Html
  /** Path of the one script of the page; absent on all pages but one. */
  readonly script?: string
}

/** One column, nothing loaded from elsewhere. */
export function layout({ title, language, organisation, body, script }: Page): Html {
  return html`${raw('<!doctype html>')}
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${STYLE_PATH}">
${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="home" href="/">${organisation}</a>
<nav aria-label="Pages"><a href="/">Overview</a> <a href="/policy">Policy</a> <a href="/#ledger">Ledger</a> <a href="/verify">Verify</a> <a href="/#report">Report</a></nav>
</header>
<main id="main">
${body}
</main>
<footer><p>Served by Safelevel. ${script === undefined ? 'No scripts' : 'One script, of this site, that sends nothing'}, no cookies, no trackers.</p></footer>
</body>
</html>
`
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
