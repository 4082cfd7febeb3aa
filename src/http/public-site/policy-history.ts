import { html } from 'hono/html'
import { diffPolicies, type PolicyDocument, type PolicyVersion } from '../../policy/index.ts'
import type { PublicSiteDeps } from './deps.ts'
import { type Html, layout, paragraphs } from './layout.ts'
import { changesTable } from './policy-diff-page.ts'
import { policyText } from './policy-page.ts'

/** A version with its text, as the store has it. */
export interface PublicPolicyVersion {
  readonly version: PolicyVersion
  readonly document: PolicyDocument
}

/** All versions with the reasons for them, the newest first. What is published but not yet in effect is shown too: people are told before. */
export function policyHistoryPage(deps: PublicSiteDeps): Html {
  const organisation = deps.config.organisation.name
  const policy = deps.policy().view()
  return layout({
    title: `Versions of the policy: ${organisation}`,
    language: 'en',
    organisation,
    at: '/policy',
    body: html`<h1>Versions of the policy</h1>
<p class="subtitle">The one in force is <a href="/policy">version ${policy.version}</a>.</p>
${compareForm(deps.policyVersions())}
${deps.policyVersions().map(versionBlock)}`,
  })
}

/** Any two of them, side by side. */
function compareForm(versions: readonly PolicyVersion[]): Html | string {
  const [newest, before] = versions
  if (newest === undefined || before === undefined) return ''
  const choice = (name: string, label: string, chosen: PolicyVersion) => html`<p><label for="${name}">${label}</label>
<select id="${name}" name="${name}">${versions.map(
    ({ digest, version }) =>
      html`<option value="${digest}"${digest === chosen.digest ? ' selected' : ''}>Version ${version}</option>`,
  )}</select></p>`
  return html`<form method="get" action="/policy/diff" class="row">
${choice('from', 'What changed from', before)}${choice('to', 'to', newest)}
<p><button type="submit" class="plain">Compare</button></p>
</form>`
}

function versionBlock(version: PolicyVersion): Html {
  const day = version.effectiveAt.slice(0, 10)
  return html`<section>
<h2><a href="/policy/versions/${encodeURIComponent(version.digest)}">Version ${version.version}</a></h2>
<p class="note">${stateWords(version.state)} <time datetime="${version.effectiveAt}">${day}</time> ·
${version.source === 'published' ? 'published by two people' : 'from the configuration of this installation'}</p>
${paragraphs(version.changelog)}
</section>`
}

function stateWords(state: PolicyVersion['state']): string {
  if (state === 'scheduled') return 'Takes effect on'
  return state === 'in_force' ? 'In force since' : 'No longer in force; took effect on'
}

/**
 * One version: why it came, what it changed, and its text.
 *
 * @param before The version that it replaced; null for the first, or when it is no longer known.
 */
export function policyVersionPage(
  deps: PublicSiteDeps,
  { version, document }: PublicPolicyVersion,
  before: PublicPolicyVersion | null,
): Html {
  const organisation = deps.config.organisation.name
  const { overlays = [], retention = null } = document
  return layout({
    title: `${document.title}, version ${document.version}: ${organisation}`,
    language: document.language,
    organisation,
    at: '/policy',
    body: html`<article>
<h1>${document.title}</h1>
<p class="subtitle">Version ${document.version}. ${stateWords(version.state)}
<time datetime="${version.effectiveAt}">${version.effectiveAt.slice(0, 10)}</time>. <a href="/policy/history">All versions</a></p>
<section id="changes">
<h2>Why, and what changed</h2>
${paragraphs(version.changelog)}
${before === null ? '' : changesTable(before, diffPolicies(before.document, document))}
</section>
${policyText({ ...document, overlays, retention })}
<section id="identity"><h2>Which text this is</h2>
<dl><dt>SHA-256</dt><dd><code class="digest">${version.digest}</code></dd></dl></section>
</article>`,
  })
}
