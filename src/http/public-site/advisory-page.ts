import { html } from 'hono/html'
import { day, type Html, layout, paragraphs } from './layout.ts'

/** What the public is told of a finding that was confirmed and disclosed. */
export interface PublicAdvisory {
  /** Not the report's number, which is for whoever sent it. */
  readonly id: string
  readonly title: string
  readonly text: string
  readonly publishedAt: string
  readonly kind: string
  readonly category: string | null
  readonly severity: string | null
  /** Whom we owe it, by the name that they agreed to. */
  readonly credit: string | null
  readonly remedy: { readonly kind: string; readonly reference: string } | null
}

export function advisoryPage(organisation: string, advisory: PublicAdvisory): Html {
  const { id, title, text, publishedAt, kind, category, severity, credit, remedy } = advisory
  const fact = (name: string, value: string | null) =>
    value === null ? '' : html`<dt>${name}</dt><dd>${value.replaceAll('_', ' ')}</dd>`
  return layout({
    title: `${title}: ${organisation}`,
    language: 'en',
    organisation,
    at: '/report',
    body: html`<article>
<h1>${title}</h1>
<p class="subtitle">Advisory <code>${id}</code>, published ${day(publishedAt)}</p>
${paragraphs(text)}
<dl>
${fact('Severity', severity)}
${fact('Kind', kind)}
${fact('Category', category)}
${remedy === null ? '' : html`<dt>Remedy</dt><dd>${remedy.kind.replaceAll('_', ' ')}: ${remedy.reference}</dd>`}
<dt>Reported by</dt><dd>${credit ?? 'somebody who would not be named'}</dd>
</dl>
<p class="note"><a href="/acknowledgements">All thanks</a>. <a href="/report">Report something</a>.</p>
</article>`,
  })
}
