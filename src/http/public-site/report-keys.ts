import { html } from 'hono/html'
import type { Html } from './layout.ts'
import type { ReportDeps } from './report-deps.ts'
import { reportPage } from './report-form.ts'

/** Under which keys to encrypt, and how. */
export function reportKeys(deps: ReportDeps): Html {
  const { ageRecipient, pgp } = deps.intake.keys
  return reportPage(
    deps,
    'Encrypt a report',
    html`<h1>Encrypt a report</h1>
<p class="subtitle">For what should pass unread through everything between you and us</p>
<p>The form travels over the connection of your browser and is stored encrypted. Encrypt besides that where details could do great harm in the wrong hands, or
where you trust no server in between. What you encrypt is opened when a person reads it, and that is recorded.</p>
<h2>With age</h2>
<p>Encrypt for this recipient, also at <a href="/report/age-recipient.txt">/report/age-recipient.txt</a>:</p>
<pre class="wrap"><code class="digest">${ageRecipient}</code></pre>
<pre class="wrap"><code>age --armor --recipient ${ageRecipient} report.txt &gt; report.txt.age</code></pre>
<p>Paste the result into <em>What happened?</em> on <a href="/report">the form</a>, or add it as a file. Messages on the page of your report can be encrypted
the same way. <a href="https://age-encryption.org" rel="noreferrer">age</a> is a small program for all systems.</p>
${pgp === null ? html`<p class="note">OpenPGP is not offered here.</p>` : pgpPart()}
<p class="note">Whoever could change this page could change the keys on it. Compare them with a copy that you have had before, or that somebody else sees, if that
matters to you. Answers on the page of your report are not encrypted for you; ask for another channel if you need one.</p>`,
  )
}

function pgpPart(): Html {
  return html`<h2>With OpenPGP</h2>
<p>The key is at <a href="/report/pgp-key.asc">/report/pgp-key.asc</a>. Only people open such messages, with tools of their own, so an answer may take
longer.</p>
<pre class="wrap"><code>gpg --import pgp-key.asc
gpg --armor --encrypt --recipient-file pgp-key.asc report.txt</code></pre>`
}
