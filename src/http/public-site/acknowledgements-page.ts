import { html } from 'hono/html'
import type { Acknowledgement } from '../../transparency/index.ts'
import { day, type Html, layout } from './layout.ts'

/** Whom this installation owes thanks, by the name that each agreed to. */
export function acknowledgementsPage(organisation: string, thanked: readonly Acknowledgement[]): Html {
  return layout({
    title: `Thanks: ${organisation}`,
    language: 'en',
    organisation,
    at: '/report',
    body: html`<h1>Thanks</h1>
<p class="subtitle">To those who reported what was wrong here, and let us name them</p>
${
  thanked.length === 0
    ? html`<p>Nobody stands here yet. Whoever <a href="/report">reports</a> something that is confirmed is named here once it is
disclosed, if they agree to be.</p>`
    : html`<ul class="list">${thanked.map(
        ({ name, about, at, href }) =>
          html`<li><strong>${name ?? 'Somebody who would not be named'}</strong>${about === null ? '' : html`, ${about}`}, ${day(at)}${link(href)}</li>`,
      )}</ul>`
}`,
  })
}

/** Only what is on this site or another one by its address: a link never runs anything. */
function link(href: string | null): Html | string {
  if (href === null || !(href.startsWith('/') || href.startsWith('https://'))) return ''
  return html` (<a href="${href}" rel="noreferrer">advisory</a>)`
}
