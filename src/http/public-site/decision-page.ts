import { html } from 'hono/html'
import type { Statement } from '../../accounts/redress/index.ts'
import type { RedressDeps } from './deps.ts'
import { type Html, layout, paragraphs } from './layout.ts'

const MEASURES: Readonly<Record<Statement['measure'], string>> = {
  refused: 'A request was refused',
  withheld: 'An answer was withheld',
  cut: 'An answer was cut short',
  warn: 'A warning was given',
  throttle: 'An account was slowed down',
  restrict: 'An account was restricted',
  suspend: 'An account was suspended',
  ban: 'An account was closed',
}

/** Why something was refused or done: what whoever it concerns is entitled to, and nothing about anybody or anything said. */
export function decisionPage(deps: RedressDeps, statement: Statement, nowMs: number): Html {
  const { organisation, appealDueDays } = deps
  const title = MEASURES[statement.measure]
  return layout({
    title: `${title}: ${organisation}`,
    language: 'en',
    organisation,
    body: html`<article>
<h1>${title}</h1>
<p class="subtitle">Statement of reasons for <code>${statement.about.id}</code></p>
${standing(statement)}
<p class="lead">${statement.facts}</p>
<dl>
<dt>When</dt><dd><time datetime="${statement.at}">${whenWords(statement.at)}</time></dd>
${statement.until === null ? '' : html`<dt>Until</dt><dd><time datetime="${statement.until}">${whenWords(statement.until)}</time></dd>`}
<dt>Category</dt><dd>${categoryWords(statement.category)}</dd>
<dt>How it was found</dt><dd>${statement.automatedDetection ? 'By automatic checks' : 'Not by automatic checks'}</dd>
<dt>Who decided</dt><dd>${DECIDED[statement.automatedDecision]}</dd>
</dl>
${ground(statement.ground)}
${contest(statement, nowMs, appealDueDays)}
</article>`,
  })
}

export function noDecisionPage({ organisation }: RedressDeps): Html {
  return layout({
    title: `No such decision: ${organisation}`,
    language: 'en',
    organisation,
    body: html`<h1>Nothing was refused under this number</h1>
<p>Check that it is complete: it begins with <code>dec_</code> or <code>act_</code> and has 26 letters and digits after that. A
refusal can be looked up a few seconds after it was made.</p>
<p>A request that was answered has a number too, but no reasons to state.</p>`,
  })
}

const DECIDED = {
  fully: 'Nobody: the decision was automatic',
  partially: 'A person, after automatic checks',
  not: 'A person',
} as const

function standing({ test, enforced }: Statement): Html | string {
  if (test) {
    return html`<p><span class="state holds"><span class="mark" aria-hidden="true">✓</span> a test</span>: the standard test string, which
harms nobody. It counts against nobody.</p>`
  }
  if (enforced) return ''
  return html`<p><span class="state watch"><span class="mark" aria-hidden="true">◐</span> observed only</span>: this was recorded, and
passed on all the same.</p>`
}

function ground({ policyVersion, clause, title, wording }: Statement['ground']): Html | string {
  if (clause === null) return ''
  const place = html`<p class="note">Acceptable use policy, version ${policyVersion ?? 'unknown'}. <a href="/policy">Read the whole policy</a> as it
stands today.</p>`
  return html`<section id="clause">
<h2>The rule it rests on</h2>
<blockquote>
<p><span class="number">${clause}</span> <strong>${title ?? ''}</strong></p>
${wording === null ? html`<p>The wording of that version is not kept here.</p>` : paragraphs(wording)}
</blockquote>
${place}
</section>`
}

function contest({ about, contestUntil, test }: Statement, nowMs: number, dueDays: number): Html {
  if (test) return html``
  if (Date.parse(contestUntil) < nowMs) {
    return html`<section id="contest"><h2>Contesting it</h2>
<p>This could be contested until <time datetime="${contestUntil}">${whenWords(contestUntil)}</time>.</p></section>`
  }
  return html`<section id="contest">
<h2>If this was wrong</h2>
<p>Anybody whom it concerns may contest it, until <time datetime="${contestUntil}">${whenWords(contestUntil)}</time>. A person hears it who
had no part in the decision, and answers with reasons within ${dueDays} days. If you are right, what followed from it is undone.</p>
<p><a class="action" href="/appeal?about=${encodeURIComponent(about.id)}">Contest this decision</a></p>
<p class="note">With an API key: <code>POST /v1/safelevel/appeals</code>.</p>
</section>`
}

/** `STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY` -> `Risk for public security`. */
function categoryWords(category: string): string {
  if (category.endsWith('OTHER_VIOLATION_TC')) return 'Other violation of the terms'
  const words = category.replace('STATEMENT_CATEGORY_', '').toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** `21 November 2026, 22:41 UTC` */
export function whenWords(time: string): string {
  const date = new Date(time)
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`
}

/** Where somebody who holds a number finds out why. */
export function decisionLookupPage({ organisation }: RedressDeps, given: string): Html {
  return layout({
    title: `Look up a decision: ${organisation}`,
    language: 'en',
    organisation,
    body: html`<h1>Look up a decision</h1>
<p class="subtitle">Why something was refused, cut short or restricted here</p>
${given === '' ? '' : html`<p class="problem" role="alert"><strong>That is no number of a decision.</strong> It begins with <code>dec_</code> or <code>act_</code> and has 26 letters and digits after that.</p>`}
<form method="get" action="/decisions">
<p><label for="id">Number of the decision</label>
<input id="id" name="id" required maxlength="100" value="${given}" autocomplete="off" spellcheck="false" aria-describedby="id-note">
<span class="note" id="id-note">It stands in the refusal: <code>dec_</code> or <code>act_</code> and 26 letters and digits. Whoever has it can read the reasons: they name nobody and
quote nothing.</span></p>
<p><button type="submit">Look it up</button></p>
</form>
<p>Was it wrong? <a href="/appeal">Contest it</a>.</p>`,
  })
}
