import { html } from 'hono/html'
import type { Appeal, AppealWithWords } from '../../accounts/redress/index.ts'
import { whenWords } from './decision-page.ts'
import type { RedressDeps } from './deps.ts'
import { type Html, layout, paragraphs } from './layout.ts'

/** What somebody typed, to be shown again beside what is wrong with it. */
export interface AppealDraft {
  readonly about: string
  readonly text: string
  readonly contact: string
}

export const EMPTY_DRAFT: AppealDraft = { about: '', text: '', contact: '' }
/** A field that people don't see and programs fill in. */
export const HONEYPOT = 'website'

function page({ organisation }: RedressDeps, title: string, body: Html): Html {
  return layout({ title: `${title}: ${organisation}`, language: 'en', organisation, body })
}

/** The form, with what is wrong with it where it was sent. Works without scripts. */
export function appealForm(deps: RedressDeps, draft: AppealDraft, problem: string | null): Html {
  return page(
    deps,
    'Contest a decision',
    html`<h1>Contest a decision</h1>
<p class="subtitle">For whoever was refused or restricted here</p>
${problem === null ? '' : html`<p class="problem" role="alert"><strong>Not sent.</strong> ${problem}</p>`}
<p>A person who had no part in the decision reads what you write, and answers with reasons within ${deps.appealDueDays} days. What you write
is kept encrypted, read by those who decide, and erased ${deps.appealTextDays} days after the answer.</p>
<form method="post" action="/appeal">
<p><label for="about">Number of the decision</label>
<input id="about" name="about" required maxlength="100" value="${draft.about}" autocomplete="off" spellcheck="false" aria-describedby="about-note">
<span class="note" id="about-note">It stands in the refusal: <code>dec_</code> or <code>act_</code> and 26 letters and digits.</span></p>
<p><label for="text">Why it was wrong</label>
<textarea id="text" name="text" required maxlength="5000" rows="8" aria-describedby="text-note">${draft.text}</textarea>
<span class="note" id="text-note">Say what you were doing and why the rule does not apply. Leave out what would itself do harm, and other people’s
data.</span></p>
<p><label for="contact">E-mail address <span class="note">(may stay empty)</span></label>
<input id="contact" name="contact" type="email" maxlength="200" value="${draft.contact}" autocomplete="email"></p>
<p class="hidden" aria-hidden="true"><label for="${HONEYPOT}">Leave this empty</label>
<input id="${HONEYPOT}" name="${HONEYPOT}" tabindex="-1" autocomplete="off"></p>
<p><button type="submit">Send</button></p>
</form>
<section id="follow">
<h2>Sent one already?</h2>
${followForm('')}
</section>`,
  )
}

/** Shown once: the secret stands nowhere else. */
export function receiptPage(deps: RedressDeps, appeal: Appeal, secret: string): Html {
  return page(
    deps,
    'Received',
    html`<h1>Received</h1>
<p class="lead">Your objection to <code>${appeal.about.id}</code> is on record and will be decided by
<time datetime="${appeal.dueAt}">${whenWords(appeal.dueAt)}</time>.</p>
<p>Keep both of these. They are shown this once; without the secret nobody can follow this appeal, you included.</p>
<dl class="receipt">
<dt>Receipt number</dt><dd><code>${appeal.id}</code></dd>
<dt>Secret</dt><dd><code>${secret}</code></dd>
</dl>
<p>Follow it at <a href="/appeal/${appeal.id}">/appeal/${appeal.id}</a>.</p>`,
  )
}

/** Asks for the secret: it goes in a body, never in an address, which is kept in histories and logs. */
export function followPage(deps: RedressDeps, id: string, problem: string | null): Html {
  return page(
    deps,
    'Follow an appeal',
    html`<h1>Follow an appeal</h1>
${problem === null ? '' : html`<p class="problem" role="alert">${problem}</p>`}
${followForm(id)}`,
  )
}

function followForm(id: string): Html {
  return html`<form method="post" action="/appeal/status">
<p><label for="receipt">Receipt number</label>
<input id="receipt" name="receipt" required maxlength="100" value="${id}" autocomplete="off" spellcheck="false"></p>
<p><label for="secret">Secret</label>
<input id="secret" name="secret" required maxlength="100" autocomplete="off" spellcheck="false"></p>
<p><button type="submit">Show where it stands</button></p>
</form>`
}

const STATES: Readonly<Record<Appeal['state'], { mark: string; kind: string; words: string }>> = {
  open: { mark: '◐', kind: 'watch', words: 'Not decided yet' },
  upheld: { mark: '■', kind: 'quiet', words: 'The decision stands' },
  overturned: { mark: '✓', kind: 'holds', words: 'The decision was wrong' },
  partly: { mark: '✓', kind: 'holds', words: 'The finding stands, its consequences do not' },
  withdrawn: { mark: '■', kind: 'quiet', words: 'Withdrawn' },
}

/** Where an appeal stands, for who filed it. */
export function statusPage(deps: RedressDeps, shown: AppealWithWords, secret: string, nowMs: number): Html {
  const { appeal, claim, answer } = shown
  const { mark, kind, words } = STATES[appeal.state]
  return page(
    deps,
    'Your appeal',
    html`<h1>Your appeal</h1>
<p class="subtitle">Receipt number <code>${appeal.id}</code></p>
<p class="lead"><span class="state ${kind}"><span class="mark" aria-hidden="true">${mark}</span> ${words}</span></p>
<dl>
<dt>About</dt><dd><a href="/decisions/${appeal.about.id}"><code>${appeal.about.id}</code></a></dd>
<dt>Received</dt><dd><time datetime="${appeal.filedAt}">${whenWords(appeal.filedAt)}</time></dd>
${dates(appeal, nowMs)}
${effects(appeal)}
</dl>
${answer === null ? '' : html`<section id="answer"><h2>The answer</h2>${paragraphs(answer)}</section>`}
${claim === null ? '' : html`<section id="claim"><h2>What you wrote</h2>${paragraphs(claim)}</section>`}
${appeal.textsErased ? html`<p class="note">What was written has been erased, as the time for keeping it is over.</p>` : ''}
${appeal.state === 'open' ? withdrawForm(appeal.id, secret) : ''}`,
  )
}

function dates({ state, dueAt, decidedAt }: Appeal, nowMs: number): Html | string {
  if (decidedAt !== null)
    return html`<dt>Decided</dt><dd><time datetime="${decidedAt}">${whenWords(decidedAt)}</time></dd>`
  if (state !== 'open') return ''
  const late = Date.parse(dueAt) < nowMs
  return html`<dt>${late ? 'Was due' : 'Due by'}</dt><dd><time datetime="${dueAt}">${whenWords(dueAt)}</time>${late ? '. It is late, and whoever is in charge has been told.' : ''}</dd>`
}

function effects({ effects: state }: Appeal): Html | string {
  if (state === 'none') return ''
  return html`<dt>What followed from it</dt><dd>${state === 'restored' ? 'Has been undone' : 'Is being undone'}</dd>`
}

function withdrawForm(id: string, secret: string): Html {
  return html`<form method="post" action="/appeal/withdraw" class="quiet-form">
<input type="hidden" name="receipt" value="${id}"><input type="hidden" name="secret" value="${secret}">
<p><button type="submit" class="plain">Withdraw this appeal</button></p>
</form>`
}
