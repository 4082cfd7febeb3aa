import { html } from 'hono/html'
import { type EditionView, quarterName, type TransparencyReport } from '../../transparency/index.ts'
import { breakdownTable, counted, exact, figureTable } from './figures.ts'
import { day, dayWords, digest, type Html, layout, mark, paragraphs } from './layout.ts'

export interface ShownReport {
  readonly report: TransparencyReport
  /** null while the quarter runs. */
  readonly about: EditionView | null
  /** Every edition of this quarter, the newest first. */
  readonly editions: readonly EditionView[]
}

/** The numbers of a quarter, in sentences, tables and bars. */
export function transparencyPage({ report, about, editions }: ShownReport): Html {
  const { organisation, quarter } = report
  const name = quarterName(quarter)
  return layout({
    title: `Transparency report, ${name}: ${organisation}`,
    language: 'en',
    organisation,
    at: '/transparency',
    body: html`<article>
<h1>Transparency report, ${name}</h1>
${standing(report, about, editions)}
${correction(report)}
${decisions(report)}
${enforcement(report)}
${reports(report)}
${models(report)}
${publications(report)}
${small()}
${identity(report, about, editions)}
</article>`,
  })
}

function standing(
  { from, until, countedFrom, compiledAt }: TransparencyReport,
  about: EditionView | null,
  editions: readonly EditionView[],
): Html {
  const last = new Date(Date.parse(until) - 1).toISOString()
  const newest = editions[0]?.edition ?? 1
  const late = countedFrom > from ? html` Counted from ${day(countedFrom)}, when this installation began to.` : ''
  if (about === null) {
    return html`<p class="subtitle">${day(from)} to ${day(last)}, UTC.${late}</p>
<p>${mark('watch', 'still running')}: these are the numbers as of <time datetime="${compiledAt}">${compiledAt.slice(0, 16).replace('T', ' ')} UTC</time>.
They go on changing until the quarter is over; what is published then stays.</p>`
  }
  return html`<p class="subtitle">${day(from)} to ${day(last)}, UTC. Edition ${about.edition}, published ${day(about.publishedAt)}.${late}</p>
${about.edition < newest ? html`<p>${mark('watch', 'corrected since')}: <a href="/transparency/${about.quarter}">edition ${newest}</a> takes its place.</p>` : ''}`
}

function correction({ correction: corrected, quarter, edition }: TransparencyReport): Html | string {
  if (corrected === null || edition === null) return ''
  return html`<section id="correction">
<h2>What this edition corrects</h2>
${paragraphs(corrected.reason)}
<table class="changes">
<caption>Against <a href="/transparency/${quarter}/${edition - 1}">edition ${edition - 1}</a></caption>
<thead><tr><th scope="col">Figure</th><th scope="col">Before</th><th scope="col">Now</th></tr></thead>
<tbody>${corrected.changes.map(
    ({ figure, before, after }) =>
      html`<tr><th scope="row"><code>${figure}</code></th><td>${before}</td><td>${after}</td></tr>`,
  )}</tbody>
</table>
</section>`
}

function decisions({ decisions: d, canaries }: TransparencyReport): Html {
  const rows = [
    exact('Answered', d.answered),
    exact('Refused', d.refused),
    exact('Answer cut short', d.cut),
    exact('Would have been refused; passed on where the policy is only observed', d.passedOn),
    exact('Refused or cut short for the harmless test string', d.tests),
    exact('Turned away without being judged', d.rejected),
    exact('Ended in an error', d.failed),
    exact('Cancelled by who asked', d.cancelled),
  ].filter(({ most }, i) => i < 3 || most > 0)
  return html`<section id="decisions">
<h2>Requests, and what became of them</h2>
<p>${counted(d.requests, 'request')} came in. ${
    d.unevaluated === 0
      ? 'Of those that were answered, every one was checked for every category of the policy.'
      : `${counted(d.unevaluated, 'of those answered was', 'of those answered were')} not checked for every category, because a classifier was not there; each is recorded as such.`
  }</p>
${figureTable('What became of them', ['Outcome', 'Requests'], rows)}
${breakdownTable('Refused and cut, by clause of the policy and category', ['Clause and category', 'Refused or cut'], onlyCounted(d.byClause), clauseName)}
${breakdownTable('Requests by month', ['Month', 'Requests'], d.byMonth, (month) => monthWords(month))}
<h3 id="canaries">Do the checks work?</h3>
<p>The installation sends itself harmful requests by the front door, to see that they are refused: ${counted(canaries.sent, 'request')}, of which
${canaries.missed.toLocaleString('en')} got through and ${canaries.unanswered.toLocaleString('en')} had no answer. They count in no other number.</p>
</section>`
}

/** What counted nothing is left out of the picture where that is no secret. */
function onlyCounted(breakdown: TransparencyReport['decisions']['byClause']) {
  if (breakdown?.mode !== 'exact') return breakdown
  return { ...breakdown, cells: breakdown.cells.filter(({ most }) => most !== 0) }
}

function clauseName(key: string): Html | string {
  const [clause = '', label = ''] = key.split('/')
  if (label === '') return 'Anything else'
  return html`<a href="/policy#clause-${clause}">${clause}</a> ${label.replaceAll('_', ' ')}`
}

function monthWords(month: string): string {
  return new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en-GB', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

const STEPS: Readonly<Record<string, string>> = {
  warn: 'Warned',
  throttle: 'Slowed down',
  restrict: 'Restricted',
  suspend: 'Suspended',
  ban: 'Closed',
}
const OUTCOMES: Readonly<Record<string, string>> = {
  upheld: 'The decision stood',
  overturned: 'Overturned',
  partly: 'Overturned in part',
}

function enforcement({ state, enforcement: e, appeals: a, exemptions: x }: TransparencyReport): Html {
  const isRunning = state === 'running'
  return html`<section id="enforcement">
<h2>Accounts</h2>
<p>${counted(e.actions, 'action')} ${e.actions === 1 ? 'was' : 'were'} taken against accounts, ${e.automatic.toLocaleString('en')} of them without a person;
${e.takenBack.toLocaleString('en')} ${e.takenBack === 1 ? 'was' : 'were'} taken back.</p>
${breakdownTable('Actions by step', ['Step', 'Actions'], e.byStep, (step) => STEPS[step] ?? step)}
<h3 id="appeals">Appeals</h3>
<p>${counted(a.received, 'appeal')} came in. ${counted(a.decided, 'was', 'were')} decided${
    a.hoursToDecide === null
      ? ''
      : `: half of them within ${hours(a.hoursToDecide.median)}, nine in ten within ${hours(a.hoursToDecide.p90)}`
  }. ${counted(a.withdrawn, 'was', 'were')} withdrawn. ${isRunning ? 'Now' : 'At the end'} ${isRunning ? counted(a.openAtEnd, 'is', 'are') : counted(a.openAtEnd, 'was', 'were')} open, ${a.overdueAtEnd.toLocaleString('en')} of them overdue.</p>
${breakdownTable('Decided appeals by outcome', ['Outcome', 'Appeals'], a.byOutcome, (outcome) => OUTCOMES[outcome] ?? outcome)}
<h3 id="exemptions">Exemptions</h3>
<p>${counted(x.granted, 'exemption')} from clauses of the policy ${x.granted === 1 ? 'was' : 'were'} granted, ${x.ended.toLocaleString('en')} ended,
and ${isRunning ? `${counted(x.inForceAtEnd, 'is', 'are')} in force now` : `${counted(x.inForceAtEnd, 'was', 'were')} in force at the end`}. Exempt traffic is screened and recorded like all other.</p>
</section>`
}

/** `40 minutes`, `7.5 hours`, `3 days`. */
function hours(count: number): string {
  if (count < 1) return counted(Math.max(1, Math.round(count * 60)), 'minute')
  if (count < 48) return counted(count, 'hour')
  return counted(Math.round(count / 24), 'day')
}

function reports({ reports: r }: TransparencyReport): Html | string {
  if (r === null) return ''
  return html`<section id="reports">
<h2>Reports of harm and weaknesses</h2>
<p>${counted(r.received, 'report')} came in. By the time that this was compiled ${counted(r.confirmed, 'was', 'were')} confirmed, ${r.mitigated.toLocaleString('en')} mitigated, and
${r.open.toLocaleString('en')} open${r.medianHoursToAnswer === null ? '' : `; half of those answered had their first answer within ${hours(r.medianHoursToAnswer)}`}. <a href="/report">Report something</a>; <a href="/acknowledgements">who helped</a>.</p>
${breakdownTable('Reports by kind', ['Kind', 'Reports'], r.byKind, (kind) => kind.replaceAll('_', ' '))}
</section>`
}

function models({ models: { evaluations, halts } }: TransparencyReport): Html {
  return html`<section id="models">
<h2>Models</h2>
${
  evaluations.length === 0
    ? html`<p>No assessment of a model was concluded in this quarter.</p>`
    : html`<table>
<caption>Assessments that were concluded</caption>
<thead><tr><th scope="col">Model and checkpoint</th><th scope="col">Verdict</th><th scope="col">Concluded</th></tr></thead>
<tbody>${evaluations.map(
        (one) =>
          html`<tr><th scope="row"><code>${one.checkpoint}</code></th><td>${one.verdict}</td><td>${day(one.concludedAt)}</td></tr>`,
      )}</tbody>
</table>`
}
${
  halts.length === 0
    ? html`<p>No model was halted.</p>`
    : html`<table>
<caption>Models that took no new customers while they were assessed</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Halted</th><th scope="col">Emergency</th><th scope="col">Settled</th></tr></thead>
<tbody>${halts.map(
        (one) =>
          html`<tr><th scope="row">${one.model}</th><td>${day(one.openedAt)}</td><td>${one.emergencyAt === null ? 'none' : day(one.emergencyAt)}</td><td>${one.closedAt === null ? mark('watch', 'open') : day(one.closedAt)}</td></tr>`,
      )}</tbody>
</table>`
}
</section>`
}

function publications({ policies, cards }: TransparencyReport): Html {
  return html`<section id="published">
<h2>Policy and cards</h2>
<ul>${policies.map(
    ({ version, digest: of, effectiveAt }) =>
      html`<li><a href="/policy/versions/${of}">Version ${version} of the policy</a>, in effect from ${day(effectiveAt)}</li>`,
  )}${(cards ?? []).map(
    ({ model, version, publishedAt }) =>
      html`<li><a href="/cards/${encodeURIComponent(model)}/v/${version}">Card of ${model}, version ${version}</a>, ${dayWords(publishedAt)}</li>`,
  )}</ul>
</section>`
}

function small(): Html {
  return html`<section id="small">
<h2>Small numbers</h2>
<p>Totals are published as they are. What they are made of is shown so that nobody can read one customer from it: where one part is
below five, every part is given as a band of five, and where even that would tell too much, none is given. Each total is broken
down in one way only. Times are left out where fewer than five were counted.</p>
</section>`
}

function identity({ quarter }: TransparencyReport, about: EditionView | null, editions: readonly EditionView[]): Html {
  const path = about === null ? `/transparency/${quarter}` : `/transparency/${quarter}/${about.edition}`
  const others = editions.filter(({ edition }) => edition !== about?.edition)
  return html`<section id="identity">
<h2>For programs</h2>
<p><a href="${path}.json">JSON</a> (<a href="/schemas/transparency-report.v1.json">its schema</a>), <a href="${path}.csv">CSV</a>.${
    about === null ? '' : ' The digest below is of the JSON file, byte for byte, and stands on the ledger.'
  }</p>
${about === null ? '' : html`<dl>${digest('SHA-256', about.digest)}</dl>`}
${
  others.length === 0
    ? ''
    : html`<p>Other editions: ${others.map(({ edition }, i) => html`${i === 0 ? '' : ', '}<a href="/transparency/${quarter}/${edition}">${edition}</a>`)}.</p>`
}
</section>`
}

/** Every quarter, the newest first. */
export function transparencyListPage(
  organisation: string,
  running: TransparencyReport | null,
  editions: readonly EditionView[],
): Html {
  const newest = new Map(editions.toReversed().map((one) => [one.quarter, one]))
  return layout({
    title: `Transparency reports: ${organisation}`,
    language: 'en',
    organisation,
    at: '/transparency',
    body: html`<h1>The numbers</h1>
<p class="subtitle">What was refused, whom it concerned in numbers, and what came of it: each quarter</p>
${running === null ? '' : runningBlock(running)}
${
  newest.size === 0
    ? html`<p>The first report comes a day after the first quarter that this installation has seen the end of.</p>`
    : html`<table>
<caption>Published, and unchanged since</caption>
<thead><tr><th scope="col">Quarter</th><th scope="col">Published</th><th scope="col">Edition</th></tr></thead>
<tbody>${[...newest.values()]
        .toSorted((a, b) => (a.quarter < b.quarter ? 1 : -1))
        .map(
          ({ quarter, edition, publishedAt }) =>
            html`<tr><th scope="row"><a href="/transparency/${quarter}">${quarterName(quarter)}</a></th><td>${day(publishedAt)}</td><td>${edition}</td></tr>`,
        )}</tbody>
</table>`
}
<p class="note">Reports are compiled from the records, by the clock, a day after a quarter ends; nobody writes a figure into one. A correction is a
new edition that says what changed, agreed to by two people. <a href="/feed.xml">The feed</a> tells when one is published.</p>`,
  })
}

function runningBlock({ quarter, decisions: d }: TransparencyReport): Html {
  return html`<section id="running"><h2><a href="/transparency/${quarter}">${quarterName(quarter)}</a></h2>
<p>${mark('watch', 'still running')}: ${counted(d.requests, 'request')} so far, ${d.refused.toLocaleString('en')} refused and ${d.cut.toLocaleString('en')} cut short.</p></section>`
}
