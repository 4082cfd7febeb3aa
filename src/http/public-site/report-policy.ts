import { html } from 'hono/html'
import { contactLink, type Html, paragraphs } from './layout.ts'
import type { ReportDeps } from './report-deps.ts'
import { days, reportPage } from './report-form.ts'

/** What is promised to who reports, and what is asked of them. */
export function disclosurePolicy(deps: ReportDeps): Html {
  const { organisation, config } = deps
  return reportPage(
    deps,
    'Disclosure policy',
    html`<h1>Disclosure policy</h1>
<p class="subtitle">What ${organisation} promises to who reports, and asks of them</p>
<p class="lead"><a class="action" href="/report">Report something</a></p>
${config.safeHarbour ? safeHarbour(organisation) : ''}
<section id="scope"><h2>Scope</h2>
${
  config.scope === undefined
    ? html`<p>Every model, page and API that ${organisation} serves here: harmful answers, ways around the safeguards, also those that transfer to other models, holes in the service,
misuse that you notice, and wrong claims made here.</p>`
    : paragraphs(config.scope)
}
<p>Out of scope: other people’s accounts and data, flooding the service, deceiving or threatening staff, and physical access.</p>
</section>
<section id="care"><h2>What to leave out</h2>
<ul>
<li><strong>Images of the sexual abuse of children: never.</strong> They are refused here, and having or sending them is a crime almost everywhere. Report them to
${config.childSafetyContacts.map(({ name, url }, place) => html`${place === 0 ? '' : ', '}<a href="${url}" rel="noreferrer">${name}</a>`)} or to the police where you live. Say in words what a model did.</li>
<li>Details that would help to build weapons of mass harm, chemical, biological, radiological or nuclear, or to attack what people’s lives depend on. Say which kind, and
how reliably the model gives them; then <a href="/report/keys">encrypt</a>, or ask us for a channel first.</li>
<li>Names and data of people, yours included. What you need to show, shorten.</li>
</ul></section>
<section id="times"><h2>What you can count on</h2>
<dl>
<dt>First answer by a person</dt><dd>within ${days(config.firstAnswerDays)}</dd>
<dt>Publication</dt><dd>at the latest ${days(config.disclosureDays)} after your report, or on a day that we agree on with you; sooner when it is mended</dd>
<dt>Others who are concerned</dt><dd>told by us where the fault is theirs as well, on the same day as everybody else who is</dd>
<dt>What you wrote</dt><dd>is kept encrypted, opened only by those who look into it, each time on record, and erased ${days(config.retentionDays)} after the report is closed, or when you
withdraw it</dd>
</dl>
<p>How long answers really took stands among the <a href="/transparency">numbers</a>.</p></section>
<section id="credit"><h2>Credit and reward</h2>
<p>Whoever reports a fault first is <a href="/acknowledgements">thanked by name</a>, or stays unnamed, as they wish. ${
      config.reward === undefined ? 'Nothing is paid for reports.' : ''
    }</p>
${config.reward === undefined ? '' : paragraphs(config.reward)}
<p>You sign nothing. You may talk about what you found; we ask you to wait until it is mended or the day of publication has come, and to leave out what would let
others do harm.</p></section>
${otherChannels(deps)}`,
  )
}

function safeHarbour(organisation: string): Html {
  return html`<section id="harbour"><h2>Safe harbour</h2>
<p>Research in good faith under this policy is welcome. As long as you keep to it, ${organisation} regards what you do as authorised, takes no legal action against you
and asks nobody else to, does not close your account for it, and says so to others who would pursue you for it. Good faith means: look for faults and not for
other people’s data, stop when you have shown the fault, do no harm on the way, and tell us before the public.</p>
<p>This covers attempts to lift safeguards of the models. It can’t speak for others: what belongs to somebody else follows their rules, and what the law
forbids stays forbidden. If in doubt, ask first.</p></section>`
}

function otherChannels({ contact }: ReportDeps): Html | string {
  if (contact === undefined) return ''
  return html`<section id="channels"><h2>Other ways</h2>
<p>Write to ${contactLink(contact)}. Programs send reports to <code>POST /v1/safety/reports</code>, products with their customer’s key flags to
<code>POST /v1/safety/flags</code>.</p></section>`
}
