import { html } from 'hono/html'
import { isLoopback } from '../../base/config.ts'
import { TILE_WIDTH, tilePath } from '../../ledger/index.ts'
import { quarterName } from '../../transparency/index.ts'
import type { PublicLedger, PublicSiteDeps } from './deps.ts'
import { counted } from './figures.ts'
import { levelSection } from './home-models.ts'
import { contactLink, day, digest, type Html, layout, mark } from './layout.ts'

/** What runs here and at which level, how to report, the policy, the cards, the numbers, the ledger: in the order in which a stranger needs them. */
export async function homePage(deps: PublicSiteDeps): Promise<Html> {
  const { name: organisation, securityContact: contact } = deps.config.organisation
  // Where to report is said whatever else can't be.
  const [deployments, cards, numbers] = await Promise.all([
    deps.transparency === undefined ? [] : orNull(deps.transparency.deployments()),
    orNull(cardsSection(deps)),
    orNull(numbersSection(deps)),
  ])
  return layout({
    title: `${organisation}: what runs here`,
    language: 'en',
    organisation,
    at: '/',
    body: html`<h1>What runs here</h1>
<p class="subtitle callout">Seen something harmful? ${
      deps.intake === undefined ? '' : html`<a class="action" href="/report">Report it</a> `
    }${
      contact === undefined
        ? deps.intake === undefined
          ? html`<a href="#report">Where to report it</a>`
          : ''
        : html`${deps.intake === undefined ? 'Write' : 'or write'} to ${contactLink(contact)}`
    }</p>
${levelSection(deps.models(), deployments)}
${reportSection(deps)}
${policySection(deps)}
${cards ?? ''}
${numbers ?? ''}
${ledgerSection(deps)}`,
  })
}

async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read
  } catch {
    return null
  }
}

function reportSection({ config, contest, intake }: PublicSiteDeps): Html {
  const contact = config.organisation.securityContact
  const nobody = html`<p>No contact is named. This installation ${
    isLoopback(config.host) ? `listens on this machine only (${config.host})` : `listens on ${config.host}`
  }, so tell the person who runs it. They can name a contact as <code>organisation.securityContact</code> in
<code>safelevel.yaml</code>, and it will stand here.</p>`
  const form = html`<p><a href="/report">The form</a> takes two minutes, asks for no name, and gives you a code by which you follow it.
<a href="/report/policy">What we promise</a>, and <a href="/report/keys">how to encrypt</a>.</p>`
  return html`<section id="report">
<h2>Report something harmful</h2>
<p>A harmful answer, a way around the safeguards, or a weakness of this service: say what happened and when, and quote the
decision number if you have one. Leave out what would itself do harm.</p>
${intake === undefined ? '' : form}
${
  contact === undefined
    ? intake === undefined
      ? nobody
      : ''
    : html`<p class="contact">${contactLink(contact)}</p>
<p>Programs find the same contact in <a href="/.well-known/security.txt">security.txt</a>.</p>`
}
${
  contest === undefined
    ? ''
    : html`<p>Were you refused or restricted? <a href="/decisions">Look up why</a>; if it was wrong, <a href="/appeal">contest the decision</a>.</p>`
}
</section>`
}

function policySection({ policy, policyVersions }: PublicSiteDeps): Html {
  const { title, version, effective, digest: sha256 } = policy().view()
  const earlier = policyVersions().filter(({ state }) => state === 'superseded').length
  const scheduled = policyVersions().filter(({ state }) => state === 'scheduled')
  return html`<section id="policy">
<h2>The policy in force</h2>
<p><a href="/policy">${title}, version ${version}</a>, in effect from <time datetime="${effective}">${effective}</time>.
Every refusal names the clause that it rests on. <a href="/policy/history">${earlier === 0 ? 'Its history' : `Its history, with ${counted(earlier, 'earlier version')}`}</a>.</p>
${scheduled.map(
  ({ version: next, digest: of, effectiveAt }) =>
    html`<p>${mark('watch', 'about to change')}: <a href="/policy/versions/${of}">version ${next}</a> takes effect on ${day(effectiveAt)}.</p>`,
)}
<dl>${digest('SHA-256 of the policy', sha256)}</dl>
</section>`
}

async function cardsSection({ cards }: PublicSiteDeps): Promise<Html | string> {
  if (cards === undefined) return ''
  const { items } = await cards.list({ limit: MOST_CARDS })
  const shown = items.filter(({ current }) => current !== null)
  return html`<section id="cards">
<h2>Model cards</h2>
${
  shown.length === 0
    ? html`<p>No model card is published yet.</p>`
    : html`<ul>${shown.map(
        ({ model, title, standing }) =>
          html`<li><a href="/cards/${encodeURIComponent(model)}">${title}</a> ${standing.state === 'fresh' ? mark('holds', 'evidence holds') : mark('watch', 'evidence out of date')}</li>`,
      )}</ul>
<p class="note"><a href="/cards">All cards</a>. Each figure names the evidence that it rests on.</p>`
}
</section>`
}

const MOST_CARDS = 20

async function numbersSection({ transparency }: PublicSiteDeps): Promise<Html | string> {
  if (transparency === undefined) return ''
  const [newest] = await transparency.editions()
  if (newest === undefined) {
    const { quarter, decisions } = await transparency.running()
    return html`<section id="numbers">
<h2>The numbers</h2>
<p><a href="/transparency/${quarter}">${quarterName(quarter)}</a>, ${mark('watch', 'still running')}: ${counted(decisions.requests, 'request')} so far,
${decisions.refused.toLocaleString('en')} refused. <a href="/transparency">The first report</a> comes when the quarter is over.</p>
</section>`
  }
  const { report } = await transparency.edition(newest.quarter, newest.edition)
  const { decisions, appeals } = report
  return html`<section id="numbers">
<h2>The numbers</h2>
<p>In <a href="/transparency/${newest.quarter}">${quarterName(newest.quarter)}</a>, of ${counted(decisions.requests, 'request')}
${decisions.refused.toLocaleString('en')} ${decisions.refused === 1 ? 'was' : 'were'} refused and ${decisions.cut.toLocaleString('en')} cut short;
${counted(appeals.received, 'appeal')} came in. <a href="/transparency">Every quarter</a>.</p>
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
<pre tabindex="0"><code>npx safelevel ledger verify ${url} \\
  --key '${key}'</code></pre>
<p>The tiles follow the open <a href="https://c2sp.org/tlog-tiles" rel="noreferrer">tlog-tiles</a> format, so programs that others
wrote verify them too:</p>
<pre tabindex="0"><code>curl ${url}/checkpoint
${firstTile(ledger.size()).map((path) => `curl -O ${url}/${path}`)}</code></pre>
</section>`
}

function witnesses(state: ReturnType<PublicLedger['witnesses']>): Html {
  if (state?.witnessed)
    return html`${mark('holds', 'witnessed')} by
${state.by.join(', ')}: they are run by others, and countersign only what continues the log that they saw before.`
  const why =
    state === null
      ? 'nobody outside this installation has countersigned the log'
      : `${state.by.length} of ${state.of} witnesses have countersigned it of late, fewer than it takes`
  return html`${mark('watch', 'unwitnessed')}: ${why}, so its operator
could still show different people different logs.`
}

/** Path of the first tile as it stands now: partial until it has its 256 hashes; none in an empty log. */
function firstTile(size: number): string[] {
  return size === 0 ? [] : [tilePath({ level: 0, index: 0, width: Math.min(size, TILE_WIDTH) })]
}
