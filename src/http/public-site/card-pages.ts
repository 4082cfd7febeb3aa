import { html, raw } from 'hono/html'
import {
  type CardDiff,
  type CardHead,
  type CardStanding,
  type CardVersion,
  cardDoc,
  leadHtml,
  sectionHtml,
  viewFor,
} from '../../models/cards/index.ts'
import type { PublicSiteDeps } from './deps.ts'
import { type Html, layout } from './layout.ts'

/** A page stays well below 100 KB with what stands around the text. */
const MAX_TEXT_BYTES = 84_000

const mark = (state: 'holds' | 'watch', words: string): Html =>
  state === 'holds'
    ? html`<span class="state holds"><span class="mark" aria-hidden="true">✓</span> ${words}</span>`
    : html`<span class="state watch"><span class="mark" aria-hidden="true">◐</span> ${words}</span>`

function standingMark(state: CardStanding['state']): Html {
  if (state === 'fresh') return mark('holds', 'holds')
  return mark('watch', state === 'stale' ? 'out of date' : state === 'withdrawn' ? 'withdrawn' : 'none')
}

const at = (model: string) => `/cards/${encodeURIComponent(model)}`

/** Every model that has a card, and whether that still holds. */
export function cardListPage(
  deps: PublicSiteDeps,
  cards: readonly { card: CardVersion; standing: CardStanding }[],
): Html {
  const organisation = deps.config.organisation.name
  return layout({
    title: `Model cards: ${organisation}`,
    language: 'en',
    organisation,
    at: '/cards',
    body: html`<h1>Model cards</h1>
<p class="subtitle">What each model is for, what it can do and can’t, how it was evaluated, and what all of that rests on.</p>
<p>Figures in a card are compiled from records of evaluations; each names them by number and SHA-256, so that what changes underneath shows here.</p>
${
  cards.length === 0
    ? html`<p>No card has been published yet.</p>`
    : html`<table>
<caption>No AI safety level is claimed for any of them</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Card</th><th scope="col">Level</th><th scope="col">Evidence</th></tr></thead>
<tbody>${cards.map(
        ({
          card,
          standing,
        }) => html`<tr><th scope="row"><a href="${at(card.model)}">${card.card.identity.title}</a><span class="note"> ${card.checkpoint}</span></th>
<td>version ${card.number ?? ''}, <time datetime="${card.publishedAt ?? ''}">${card.publishedAt?.slice(0, 10) ?? ''}</time></td><td>none claimed</td><td>${standingMark(standing.state)}</td></tr>`,
      )}</tbody>
</table>`
}
<p class="note">The format is open: <a href="/schemas/model-card.v1.json">its JSON Schema</a>.</p>`,
  })
}

export interface CardPage {
  readonly version: CardVersion
  readonly standing: CardStanding
  readonly versions: readonly CardHead[]
  readonly nowMs: number
}

/** One card as everybody may read it; what no longer holds stands before everything else. */
export function cardPage(deps: PublicSiteDeps, { version, standing, versions, nowMs }: CardPage): Html {
  const { model } = version
  const { card: _, text: __, ...head } = version
  const doc = cardDoc(viewFor(version.card, 'public'), { version: head, standing, nowMs })
  let room = MAX_TEXT_BYTES
  const sections = doc.sections.map((section) => {
    const text = sectionHtml(section)
    room -= Buffer.byteLength(text)
    if (room > 0) return raw(text)
    const where =
      version.state === 'published' ? html`<a href="${at(model)}.md">the card as text</a>` : 'the card as text'
    return html`<section id="${section.id}"><h2>${section.title}</h2><p>It is too long for this page: see ${where}.</p></section>`
  })
  return layout({
    title: `${doc.title}: ${deps.config.organisation.name}`,
    language: 'en',
    organisation: deps.config.organisation.name,
    at: '/cards',
    body: html`<article>
${raw(leadHtml(doc))}
<p class="note">Evidence: ${standingMark(standing.state)}. AI safety level: none claimed.</p>
${sections}
<section id="files"><h2>This card as a file, and its history</h2>
${
  version.state === 'published'
    ? html`<p><a href="${at(model)}.md">Markdown</a> · <a href="${at(model)}.json">JSON</a> · <a href="${at(model)}.cdx.json">CycloneDX</a></p>`
    : ''
}
<dl><dt>SHA-256 of the whole card</dt><dd><code class="digest">${version.digest}</code></dd></dl>
<ul>${versions.map((one, i) => versionLine(one, versions[i + 1], version.number))}</ul>
</section>
</article>`,
  })
}

function versionLine(one: CardHead, before: CardHead | undefined, shown: number | null): Html {
  const address = at(one.model)
  const name = html`version ${one.number ?? ''}`
  const diff =
    before === undefined
      ? ''
      : html`, <a href="${address}/diff/${before.number ?? ''}/${one.number ?? ''}">what changed</a>`
  const words = { published: 'stands', superseded: 'earlier', withdrawn: 'withdrawn', draft: '' }[one.state]
  return html`<li>${one.number === shown ? name : html`<a href="${address}/v/${one.number ?? ''}">${name}</a>`} (${one.checkpoint}),
<time datetime="${one.publishedAt ?? ''}">${one.publishedAt?.slice(0, 10) ?? ''}</time>, ${words}${diff}</li>`
}

/** What changed in meaning, and not line by line. */
export function cardDiffPage(
  deps: PublicSiteDeps,
  model: string,
  from: number,
  to: number,
  { changes, ...diff }: CardDiff,
): Html {
  const organisation = deps.config.organisation.name
  return layout({
    title: `What changed in the card of ${model}: ${organisation}`,
    language: 'en',
    organisation,
    at: '/cards',
    body: html`<h1>What changed in the card of <a href="${at(model)}">${model}</a></h1>
<p class="subtitle">From <a href="${at(model)}/v/${from}">version ${from}</a> (${diff.from}) to <a href="${at(model)}/v/${to}">version ${to}</a> (${diff.to}).</p>
${
  changes.length === 0
    ? html`<p>They say the same.</p>`
    : html`<p class="note">In meaning, and not line by line.</p>
<ul>${changes.map(
        (one) => html`<li><strong>${one.section}: ${one.subject}.</strong> ${one.words}.
${one.before === null ? '' : html`<br><span class="note">before:</span> <del>${cut(one.before)}</del>`}
${one.after === null ? '' : html`<br><span class="note">now:</span> ${cut(one.after)}`}</li>`,
      )}</ul>`
}`,
  })
}

const SHOWN_CHARS = 400

function cut(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}

/** Of a model whose card was taken back: that there was one, and why it is gone. */
export function withdrawnPage(deps: PublicSiteDeps, last: CardHead): Html {
  const organisation = deps.config.organisation.name
  return layout({
    title: `The card of ${last.model} was withdrawn: ${organisation}`,
    language: 'en',
    organisation,
    at: '/cards',
    body: html`<h1>The card of ${last.model} was withdrawn</h1>
<p class="problem"><strong>${last.withdrawn?.at.slice(0, 10) ?? ''}</strong> ${last.withdrawn?.reason ?? ''}</p>
<p>What it said can still be read: <a href="${at(last.model)}/v/${last.number ?? ''}">version ${last.number ?? ''}</a>.</p>`,
  })
}
