import { html } from 'hono/html'
import { isLoopback } from '../../base/config.ts'
import { TILE_WIDTH, tilePath } from '../../ledger/index.ts'
import type { PublicLedger, PublicModel, PublicSiteDeps } from './deps.ts'
import { contactLink, type Html, layout } from './layout.ts'

/** What runs here and at which level, how to report, the policy, the ledger: in the order in which a stranger needs them. */
export function homePage(deps: PublicSiteDeps): Html {
  const { name: organisation, securityContact: contact } = deps.config.organisation
  return layout({
    title: `${organisation}: what runs here`,
    language: 'en',
    organisation,
    body: html`<h1>What runs here</h1>
<p class="subtitle">Seen something harmful? ${
      contact === undefined ? html`<a href="#report">Where to report it</a>` : html`Write to ${contactLink(contact)}`
    }</p>
${levelSection(deps.models())}
${reportSection(deps)}
${policySection(deps)}
${ledgerSection(deps)}`,
  })
}

function levelSection(models: readonly PublicModel[]): Html {
  const observed = models.filter((model) => !model.enforced)
  return html`<p class="lead"><strong>No AI safety level is claimed.</strong> ${enforcement(models, observed)}
A level would be shown only as far as it can be proven, and the control catalogue that would prove it is not installed.</p>
${
  models.length === 0
    ? html`<p>No model is open here.</p>`
    : html`<table>
<caption>Models that answer here, and whether the policy is enforced on them</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Surface</th><th scope="col">Policy</th></tr></thead>
<tbody>${models.map(modelRow)}</tbody>
</table>`
}`
}

function enforcement(models: readonly PublicModel[], observed: readonly PublicModel[]): string {
  if (models.length === 0) return ''
  const all =
    'Every request and every answer is screened against the policy below, and each decision is recorded in the ledger.'
  if (observed.length === 0) return `${all} What the policy refuses is withheld.`
  if (observed.length === models.length) return `${all} Nothing is withheld: all models here are only observed.`
  return `${all} What the policy refuses is withheld, except from the models marked “observed only”.`
}

function modelRow(model: PublicModel): Html {
  const state = model.enforced
    ? html`<span class="state holds"><span class="mark" aria-hidden="true">✓</span> enforced</span>`
    : html`<span class="state watch"><span class="mark" aria-hidden="true">◐</span> observed only</span>`
  const fixture = model.sandbox ? html` <span class="note">built in for trying things out; not a real model</span>` : ''
  return html`<tr><td><code>${model.name}</code>${fixture}</td><td>${model.surface}</td><td>${state}</td></tr>`
}

function reportSection({ config, contest }: PublicSiteDeps): Html {
  const contact = config.organisation.securityContact
  const where =
    contact === undefined
      ? html`<p>No contact is named. This installation ${
          isLoopback(config.host) ? `listens on this machine only (${config.host})` : `listens on ${config.host}`
        }, so tell the person who runs it. They can name a contact as <code>organisation.securityContact</code> in
<code>safelevel.yaml</code>, and it will stand here.</p>`
      : html`<p class="contact">${contactLink(contact)}</p>
<p>Programs find the same contact in <a href="/.well-known/security.txt">security.txt</a>.</p>`
  return html`<section id="report">
<h2>Report something harmful</h2>
<p>A harmful answer, a way around the safeguards, or a weakness of this service: say what happened and when, and quote the
decision number if you have one. Leave out what would itself do harm.</p>
${contest === undefined ? '' : html`<p>Were you refused or restricted, and it was wrong? <a href="/appeal">Contest the decision</a>.</p>`}
${where}
</section>`
}

function policySection({ policy }: PublicSiteDeps): Html {
  const { title, version, effective, digest } = policy().view()
  return html`<section id="policy">
<h2>The policy in force</h2>
<p><a href="/policy">${title}, version ${version}</a>, in effect from <time datetime="${effective}">${effective}</time>.
Every refusal names the clause that it rests on.</p>
<dl><dt>SHA-256 of the policy</dt><dd><code class="digest">${digest}</code></dd></dl>
</section>`
}

function ledgerSection({ ledger, baseUrl }: PublicSiteDeps): Html {
  const url = `${baseUrl().replace(/\/+$/, '')}/ledger`
  const key = ledger.verifierKey()
  return html`<section id="ledger">
<h2>The ledger</h2>
<p>Each decision becomes an entry in a transparency log that can only grow. What is public are sealed commitments: they show how
many events there were and when, and nothing about whom they concern or what was said.</p>
<dl>
<dt>Entries</dt><dd>${ledger.size().toLocaleString('en')}</dd>
<dt>Newest checkpoint</dt><dd>${ledger.checkpoint() === null ? 'none yet' : html`<a href="/ledger/checkpoint">/ledger/checkpoint</a>`}</dd>
<dt>Witnesses</dt><dd>${witnesses(ledger.witnesses())}</dd>
<dt>Key of the log</dt><dd><code class="digest">${key}</code></dd>
</dl>
<h3>Verify it yourself</h3>
<p><a class="action" href="/verify">Check it in this browser</a></p>
<p>A program that does not come from here is surer still. This checks every tile against the signed checkpoint. Keep the key from your first visit: whoever could rewrite the log could
rewrite this page.</p>
<pre><code>npx safelevel ledger verify ${url} \\
  --key '${key}'</code></pre>
<p>The tiles follow the open <a href="https://c2sp.org/tlog-tiles" rel="noreferrer">tlog-tiles</a> format, so programs that others
wrote verify them too:</p>
<pre><code>curl ${url}/checkpoint
${firstTile(ledger.size()).map((path) => `curl -O ${url}/${path}`)}</code></pre>
</section>`
}

function witnesses(state: ReturnType<PublicLedger['witnesses']>): Html {
  if (state?.witnessed)
    return html`<span class="state holds"><span class="mark" aria-hidden="true">✓</span> witnessed</span> by
${state.by.join(', ')}: they are run by others, and countersign only what continues the log that they saw before.`
  const why =
    state === null
      ? 'nobody outside this installation has countersigned the log'
      : `${state.by.length} of ${state.of} witnesses have countersigned it of late, fewer than it takes`
  return html`<span class="state watch"><span class="mark" aria-hidden="true">◐</span> unwitnessed</span>: ${why}, so its operator
could still show different people different logs.`
}

/** Path of the first tile as it stands now: partial until it has its 256 hashes; none in an empty log. */
function firstTile(size: number): string[] {
  return size === 0 ? [] : [tilePath({ level: 0, index: 0, width: Math.min(size, TILE_WIDTH) })]
}
