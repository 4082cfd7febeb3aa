import { html } from 'hono/html'
import { diffPolicies, type PolicyChange } from '../../policy/index.ts'
import type { PublicSiteDeps } from './deps.ts'
import { day, type Html, layout } from './layout.ts'
import type { PublicPolicyVersion } from './policy-history.ts'

/** What one version says otherwise than another, whichever they are. */
export function policyDiffPage(deps: PublicSiteDeps, before: PublicPolicyVersion, after: PublicPolicyVersion): Html {
  const organisation = deps.config.organisation.name
  const [from, to] = [before.document.version, after.document.version]
  return layout({
    title: `Policy, versions ${from} and ${to}: ${organisation}`,
    language: after.document.language,
    organisation,
    at: '/policy',
    body: html`<h1>From version ${from} to ${to}</h1>
<p class="subtitle">The other way round: <a href="/policy/diff/${after.version.digest}/${before.version.digest}">from ${to} to ${from}</a>.
<a href="/policy/history">All versions</a></p>
<p>Version <a href="/policy/versions/${before.version.digest}">${from}</a> took effect on ${day(before.version.effectiveAt)}, version
<a href="/policy/versions/${after.version.digest}">${to}</a> on ${day(after.version.effectiveAt)}.</p>
${changesTable(before, diffPolicies(before.document, after.document))}`,
  })
}

/** Each change, before and now. */
export function changesTable(before: PublicPolicyVersion, changes: readonly PolicyChange[]): Html {
  const link = html`<a href="/policy/versions/${before.version.digest}">version ${before.document.version}</a>`
  if (changes.length === 0) return html`<p>It says the same as ${link}.</p>`
  return html`<table class="changes">
<caption>Against ${link}</caption>
<thead><tr><th scope="col">What</th><th scope="col">Before</th><th scope="col">Now</th></tr></thead>
<tbody>${changes.map(
    ({ change, subject, title, field, before: old, after }) => html`<tr>
<th scope="row">${subject}${title === null ? '' : ` ${title}`}${field === '' ? '' : html`<br><code>${field}</code>`}</th>
<td>${change === 'added' ? 'not there' : value(old)}</td><td>${change === 'removed' ? 'removed' : value(after)}</td></tr>`,
  )}</tbody>
</table>`
}

const SHOWN_CHARS = 600

/** A value as its author wrote it, or as JSON where it is no text. */
function value(json: string | null): Html | string {
  if (json === null) return 'nothing'
  const parsed: unknown = JSON.parse(json)
  const text = typeof parsed === 'string' ? parsed : json
  return html`${text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text}`
}
