import { html, raw } from 'hono/html'
import { type ConcernWithWords, OUTSIDE, RECIPIENTS, type Recipient, TOPICS, type Topic } from '../../intake/index.ts'
import { type Html, paragraphs } from '../public-site/layout.ts'
import { STYLE_PATH } from '../public-site/style.ts'

export interface Offices {
  readonly organisation: string
  /** How many people hold each role. */
  readonly held: ReadonlyMap<Recipient, number>
}

/** What somebody has typed, kept when it is not taken. */
export interface ConcernDraft {
  readonly topic: string
  readonly story: string
  readonly recipients: readonly string[]
  readonly about: readonly string[]
  readonly name: string
}

export const EMPTY_CONCERN: ConcernDraft = { topic: '', story: '', recipients: ['board'], about: [], name: '' }

export const ROLE_WORDS: Readonly<Record<Recipient, string>> = {
  rso: 'Responsible Scaling Officer',
  ceo: 'Chief executive',
  ciso: 'Head of security',
  board: 'Board',
  auditor: 'Auditor',
}

const TOPIC_WORDS: Readonly<Record<Topic, string>> = {
  evaluation: 'An evaluation was skipped, late, or not what it was said to be',
  deployment: 'Something is served that should not be, or without its safeguards',
  training: 'Training went on where it should have stopped',
  weights: 'Model weights were handled otherwise than they must be',
  disclosure: 'Something false or misleading was published',
  retaliation: 'Somebody was treated badly for speaking up',
  other: 'Something else that the policy forbids',
}

const STATE_WORDS = {
  open: 'Received. Nobody has taken it up yet.',
  investigating: 'Somebody is looking into it.',
  closing: 'It has been looked into, and a second person is checking the result.',
  closed: 'Closed.',
} as const

const OUTCOME_WORDS = {
  substantiated: 'It was found to be so.',
  partly: 'It was found to be so in part.',
  unsubstantiated: 'It was found not to be so.',
  cannot_be_settled: 'It could not be settled.',
} as const

/** The form by which anybody who reaches the control plane reports noncompliance, without signing in. */
export function concernForm(offices: Offices, draft: ConcernDraft, problem: string | null): Html {
  return page(
    offices,
    'Speak up',
    html`<h1>Report that we don’t keep our own policy</h1>
<p class="lead">You need not say who you are. This page has no sign-in, no cookie and no script, and nothing about your machine or address is kept.
Only those whom you choose below will read it. Those whom it is about never will, nor will anybody who holds their office later.</p>
${problemBox(problem)}
<form method="post" action="/speak-up">
<fieldset><legend>What is it about?</legend>
${TOPICS.map((topic) => choice('radio', 'topic', topic, TOPIC_WORDS[topic], draft.topic === topic))}
</fieldset>
<label for="story">What happened?</label>
<textarea id="story" name="story" rows="10" maxlength="20000" required aria-describedby="story-note">${draft.story}</textarea>
<p class="note" id="story-note">When, where, what you saw yourself and what you were told; where it can be checked. Leave out what only you could know, if you want to stay unknown.</p>
<fieldset><legend>Whom is it about, if it is about one of these?</legend>
${RECIPIENTS.filter((role) => role !== 'auditor').map((role) => choice('checkbox', 'about', role, ROLE_WORDS[role], draft.about.includes(role)))}
</fieldset>
<fieldset><legend>Who should read it?</legend>
${RECIPIENTS.map((role) => choice('checkbox', 'recipients', role, recipientWords(role, offices), draft.recipients.includes(role)))}
<p class="note">At least one of those marked “outside” reads every report: they don’t answer to the Responsible Scaling Officer.</p>
</fieldset>
<details${draft.name === '' ? '' : html` open`}><summary>Say who you are (only if you want to)</summary>
<label for="name">Your name, or how to reach you</label>
<input id="name" name="name" maxlength="200" autocomplete="off" value="${draft.name}">
</details>
<p class="hidden" aria-hidden="true"><label for="website">Leave this empty</label><input id="website" name="website" tabindex="-1" autocomplete="off"></p>
<button>Send</button>
</form>
<h2>What happens then</h2>
<p>You get a code, once. With it you can come back here, see how it stands, read answers and write more. Two people must agree to close it, one of them from
outside the officer’s line, and none of them may be somebody whom it is about. Whoever treats you worse for it breaks the policy: report that too.</p>
<p><a href="/speak-up/follow">Follow a report</a></p>`,
  )
}

export function concernReceipt(offices: Offices, code: string): Html {
  return page(
    offices,
    'Received',
    html`<h1>Received</h1>
<p>Write this code down, somewhere that is yours. It is shown this once, we don’t keep it, and without it nobody can follow the report.</p>
<div class="receipt"><p><code>${code}</code></p></div>
<p><a href="/speak-up/follow">Follow it</a> in a few days: answers and questions wait there for you.</p>`,
  )
}

export function concernFollow(offices: Offices, problem: string | null): Html {
  return page(
    offices,
    'Follow a report',
    html`<h1>Follow a report</h1>
${problemBox(problem)}
<form method="post" action="/speak-up/follow">
<label for="code">The code that you were given</label>
<input id="code" name="code" required maxlength="100" autocomplete="off" spellcheck="false">
<p></p><button>Show it</button>
</form>`,
  )
}

type Followed = Pick<ConcernWithWords, 'messages' | 'conclusion'> & {
  readonly state: keyof typeof STATE_WORDS
  readonly outcome: keyof typeof OUTCOME_WORDS | null
  readonly filedAt: string
}

export function concernStatus(offices: Offices, code: string, shown: Followed, problem: string | null): Html {
  const { state, outcome, filedAt, messages, conclusion } = shown
  return page(
    offices,
    'Your report',
    html`<h1>Your report</h1>
<p class="lead"><strong>${STATE_WORDS[state]}</strong> ${outcome === null ? '' : OUTCOME_WORDS[outcome]}</p>
<p class="note">Filed on <time datetime="${filedAt}">${day(filedAt)}</time>.</p>
${conclusion === null ? '' : html`<h2>What we found and did</h2>${paragraphs(conclusion)}`}
${problemBox(problem)}
<h2>Messages</h2>
${
  messages.length === 0
    ? html`<p>None yet. Answers and questions will stand here.</p>`
    : messages.map(
        ({ from, at, text }) =>
          html`<section><h3>${from === 'staff' ? 'From those who look into it' : 'From you'}, <time datetime="${at}">${day(at)}</time></h3><blockquote>${paragraphs(text)}</blockquote></section>`,
      )
}
<form method="post" action="/speak-up/write">
<input type="hidden" name="code" value="${code}">
<label for="text">Write something more</label>
<textarea id="text" name="text" rows="6" maxlength="20000" required></textarea>
${state === 'closed' ? html`<p class="note">This opens it again.</p>` : ''}
<p></p><button>Send</button>
</form>`,
  )
}

function recipientWords(role: Recipient, { held }: Offices): string {
  const outside = OUTSIDE.some((one) => one === role) ? ' (outside)' : ''
  return `${ROLE_WORDS[role]}${outside}${(held.get(role) ?? 0) === 0 ? ': nobody holds this office now' : ''}`
}

function choice(type: 'radio' | 'checkbox', name: string, value: string, words: string, on: boolean): Html {
  const id = `${name}-${value}`
  return html`<div class="choice"><input type="${type}" id="${id}" name="${name}" value="${value}"${on ? html` checked` : ''}${type === 'radio' ? html` required` : ''}><label for="${id}">${words}</label></div>`
}

function problemBox(problem: string | null): Html | string {
  return problem === null ? '' : html`<p class="problem" role="alert"><strong>Not sent.</strong> ${problem}</p>`
}

function day(at: string): string {
  return at.slice(0, 10)
}

function page({ organisation }: Offices, title: string, body: Html): Html {
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header><a class="home" href="/speak-up">${organisation}</a>
<nav aria-label="Pages"><a href="/speak-up">Speak up</a> <a href="/speak-up/follow">Follow a report</a></nav></header>
<main id="main">
${body}
</main>
<footer><p>No sign-in, no script, no cookie; addresses are not looked at.</p></footer>
</body>
</html>
`
}
