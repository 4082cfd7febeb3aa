import { html } from 'hono/html'
import { type Followed, MOST_CHARS, type Receipt } from '../../intake/index.ts'
import { whenWords } from './decision-page.ts'
import { type Html, paragraphs } from './layout.ts'
import type { ReportDeps } from './report-deps.ts'
import { days, reportPage } from './report-form.ts'
import { CATEGORY_WORDS, CLOSING_WORDS, KIND_WORDS, STATE_WORDS } from './report-words.ts'

/** Shown once: the code stands nowhere else. */
export function reportReceived(deps: ReportDeps, { code, already, receivedAt }: Receipt): Html {
  if (code === null) return alreadyReceived(deps, receivedAt)
  return reportPage(
    deps,
    'Received',
    html`<h1>${already ? 'Received before' : 'Received. Thank you.'}</h1>
${already ? html`<p>You have sent this already, and nothing was added. This is the same code as before.</p>` : ''}
<p class="lead">A person reads it and answers within ${days(deps.config.firstAnswerDays)}.</p>
<p><strong>Keep this code.</strong> It is the only way to the answer. It stands nowhere else, so that nobody can find out who you are; lost, it can’t be
given again, by us either.</p>
<dl class="receipt"><dt>Your code</dt><dd><code class="code">${code}</code></dd></dl>
<form method="post" action="/report/status"><input type="hidden" name="code" value="${code}">
<p><button type="submit">Show where it stands</button></p></form>
<p>Come back at any time to <a href="/report/status">/report/status</a>.</p>`,
  )
}

function alreadyReceived(deps: ReportDeps, receivedAt: string): Html {
  return reportPage(
    deps,
    'Received before',
    html`<h1>Received before</h1>
<p class="lead">Exactly this came on <time datetime="${receivedAt}">${whenWords(receivedAt)}</time> already, and nothing was added.</p>
<p>Whoever sent it was given a code then. If that was you and the code is lost, nobody can give it again: change what you write, or wait a day, and
send it anew.</p>
<p><a href="/report/status">Follow a report</a></p>`,
  )
}

/** Asks for the code: it goes in a body, never in an address, which is kept in histories and logs. */
export function followReportPage(deps: ReportDeps, problem: string | null): Html {
  return reportPage(
    deps,
    'Follow a report',
    html`<h1>Follow a report</h1>
${problem === null ? '' : html`<p class="problem" role="alert">${problem}</p>`}
<form method="post" action="/report/status">
<p><label for="code">Your code</label>
<input id="code" name="code" required maxlength="100" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="code-note">
<span class="note" id="code-note">Five groups of letters and digits. Upper and lower case, dashes and blanks make no difference.</span></p>
<p><button type="submit">Show where it stands</button></p>
</form>
<p class="note">A lost code can’t be given again: it is the only thing that tells you from anybody else. <a href="/report">Send the report anew</a> if you
need an answer.</p>`,
  )
}

/** Where a report stands, and what was said about it. */
export function reportStatus(deps: ReportDeps, followed: Followed, code: string, problem: string | null = null): Html {
  const { report, messages, words } = followed
  const { mark, kind } = STATE_WORDS[report.state]
  const state = stateWords(report)
  return reportPage(
    deps,
    'Your report',
    html`<h1>Your report</h1>
<p class="subtitle">${KIND_WORDS[report.kind].title}${report.category === null ? '' : html`: ${CATEGORY_WORDS[report.category]}`}</p>
${problem === null ? '' : html`<p class="problem" role="alert"><strong>Not sent.</strong> ${problem}</p>`}
<p class="lead"><span class="state ${kind}"><span class="mark" aria-hidden="true">${mark}</span> ${state}</span></p>
<dl>
<dt>Received</dt><dd>${time(report.receivedAt)}</dd>
${report.answeredAt === null && report.state !== 'closed' ? html`<dt>First answer</dt><dd>by ${time(dueAt(report.receivedAt, deps))}${isLate(report.receivedAt, deps) ? '. It is late, and that counts in our numbers.' : ''}</dd>` : ''}
${report.confirmedAt === null ? '' : html`<dt>Confirmed</dt><dd>${time(report.confirmedAt)}</dd>`}
${report.mitigatedAt === null ? '' : html`<dt>Mended</dt><dd>${time(report.mitigatedAt)}</dd>`}
${report.eraseAt === null ? '' : html`<dt>Its words are erased</dt><dd>${time(report.eraseAt)}</dd>`}
</dl>
<section id="messages"><h2>Messages</h2>
${messages.length === 0 ? html`<p>None yet.</p>` : html`<ol class="talk">${messages.map(messageItem)}</ol>`}
${report.erased ? '' : messageForm(code)}
</section>
${ownWords(words, report.files.length)}
${report.erased ? html`<p class="note">What was written has been erased.</p>` : withdrawForm(code)}`,
  )
}

function stateWords({ state, closedAs, answeredAt }: Followed['report']): string {
  if (closedAs !== null) return CLOSING_WORDS[closedAs]
  return state === 'received' && answeredAt !== null ? 'Answered, not decided yet' : STATE_WORDS[state].words
}

function messageItem({ from, at, text }: Followed['messages'][number]): Html {
  return html`<li class="${from}"><p class="note">${from === 'staff' ? 'Answer' : 'You'}, ${time(at)}</p>${paragraphs(text)}</li>`
}

function messageForm(code: string): Html {
  return html`<form method="post" action="/report/message">
<input type="hidden" name="code" value="${code}">
<p><label for="text">Write to who looks into it</label>
<textarea id="text" name="text" required maxlength="${MOST_CHARS.story}" rows="4"></textarea></p>
<p><button type="submit">Send</button></p>
</form>`
}

const PARTS = [
  ['story', 'What happened'],
  ['steps', 'Prompt'],
  ['output', 'What the model answered'],
  ['contact', 'How to reach you'],
  ['credit', 'Name to thank'],
] as const

function ownWords(words: Followed['words'], files: number): Html | string {
  if (words.size === 0) return ''
  const names = [...words].filter(([part]) => part.startsWith('file-name/')).map(([, name]) => name)
  return html`<section id="sent"><h2>What you sent</h2>
${PARTS.map(([part, title]) => {
  const text = words.get(part)
  return text === undefined ? '' : html`<h3>${title}</h3><p class="written">${text}</p>`
})}
${files === 0 ? '' : html`<h3>Files</h3><p>${names.join(', ')}</p>`}
</section>`
}

function withdrawForm(code: string): Html {
  return html`<details><summary>Withdraw this report</summary>
<form method="post" action="/report/withdraw" class="quiet-form">
<input type="hidden" name="code" value="${code}">
<p>Everything that you wrote and every file is erased at once, and nobody can bring it back. That a report came, and when, stays on record. What has been
learned from it stays too, such as a test that the fault does not return.</p>
<div class="choice"><input type="checkbox" id="sure" name="sure" value="yes" required><label for="sure">Erase what I sent</label></div>
<p><button type="submit" class="plain">Withdraw</button></p>
</form></details>`
}

function time(at: string): Html {
  return html`<time datetime="${at}">${whenWords(at)}</time>`
}

const DAY_MS = 86_400_000

function dueAt(receivedAt: string, { config }: ReportDeps): string {
  return new Date(Date.parse(receivedAt) + config.firstAnswerDays * DAY_MS).toISOString()
}

function isLate(receivedAt: string, deps: ReportDeps): boolean {
  return Date.parse(dueAt(receivedAt, deps)) < deps.clock.now()
}
