import { html } from 'hono/html'
import { MOST_CHARS, MOST_FILES, REPORT_KINDS } from '../../intake/index.ts'
import { HAZARDS, METHODS } from '../../screening/index.ts'
import { contactLink, type Html, layout } from './layout.ts'
import type { ReportDeps } from './report-deps.ts'
import { CATEGORY_WORDS, KIND_WORDS } from './report-words.ts'

/** A field that people don't see and programs fill in. */
export const HONEYPOT = 'website'
export const FILE_FIELD = 'file'
/** The text fields of the form, as they were typed. */
export interface ReportDraft {
  readonly kind: string
  readonly story: string
  readonly category: string
  readonly decision: string
  readonly model: string
  readonly steps: string
  readonly output: string
  readonly contact: string
  readonly credit: string
}

export const EMPTY_REPORT: ReportDraft = {
  kind: '',
  story: '',
  category: '',
  decision: '',
  model: '',
  steps: '',
  output: '',
  contact: '',
  credit: '',
}

/** What stands at the top of the form after something went wrong. */
export interface FormProblem {
  readonly words: string
  /** Files can't be shown again: they have to be chosen anew. */
  readonly lostFiles: boolean
}

export function reportPage({ organisation }: ReportDeps, title: string, body: Html): Html {
  return layout({ title: `${title}: ${organisation}`, language: 'en', organisation, body, at: '/report' })
}

/** The form, with what was typed and what is wrong with it. Two fields are asked for; all else may stay closed. */
export function reportForm(deps: ReportDeps, draft: ReportDraft, token: string, problem: FormProblem | null): Html {
  return reportPage(
    deps,
    'Report something harmful',
    html`<h1>Report something harmful</h1>
<p class="subtitle">No account, no name, two minutes</p>
${problem === null ? '' : problemNote(problem)}
<p>A person reads it and answers within ${days(deps.config.firstAnswerDays)}. You get a code to follow it by. What is promised to you stands in
the <a href="/report/policy">disclosure policy</a>; what you sent already is <a href="/report/status">here</a>.</p>
<form method="post" action="/report" enctype="multipart/form-data">
<input type="hidden" name="token" value="${token}">
<fieldset>
<legend>What is it?</legend>
${REPORT_KINDS.map((kind) => kindChoice(kind, draft.kind))}
</fieldset>
<p><label for="story">What happened?</label>
<textarea id="story" name="story" required maxlength="${MOST_CHARS.story}" rows="8" aria-describedby="story-note">${draft.story}</textarea>
<span class="note" id="story-note">In your own words. Leave out people’s names, and step-by-step instructions for weapons that could kill many: say what kind
it is, and <a href="/report/keys">encrypt</a> the rest. This field takes an encrypted message as well.</span></p>
${aboutAnswer(deps, draft)}
${filesPart(deps, draft, problem)}
${youPart(draft)}
<p class="hidden" aria-hidden="true"><label for="${HONEYPOT}">Leave this empty</label>
<input id="${HONEYPOT}" name="${HONEYPOT}" tabindex="-1" autocomplete="off"></p>
<p><button type="submit">Send the report</button></p>
</form>
${otherWays(deps)}`,
  )
}

function problemNote({ words, lostFiles }: FormProblem): Html {
  const files = lostFiles ? ' Choose your files again: a browser does not keep them.' : ''
  return html`<p class="problem" role="alert"><strong>Not sent.</strong> ${words}${files}</p>`
}

function kindChoice(kind: (typeof REPORT_KINDS)[number], chosen: string): Html {
  const { title, note } = KIND_WORDS[kind]
  return html`<div class="choice"><input type="radio" id="kind-${kind}" name="kind" value="${kind}" required${chosen === kind ? html` checked` : ''}>
<label for="kind-${kind}"><strong>${title}</strong> <span class="note">${note}</span></label></div>`
}

function aboutAnswer({ models }: ReportDeps, draft: ReportDraft): Html {
  const filled = [draft.category, draft.decision, draft.model, draft.steps, draft.output].some((value) => value !== '')
  const option = (label: keyof typeof CATEGORY_WORDS) =>
    html`<option value="${label}"${draft.category === label ? html` selected` : ''}>${CATEGORY_WORDS[label]}</option>`
  return html`<details${filled ? html` open` : ''}>
<summary>How to see it again <span class="note">(the more of this, the sooner it is mended)</span></summary>
<p><label for="steps">Prompt, turn by turn</label>
<textarea id="steps" name="steps" maxlength="${MOST_CHARS.steps}" rows="5" spellcheck="false">${draft.steps}</textarea></p>
<p><label for="output">What the model answered</label>
<textarea id="output" name="output" maxlength="${MOST_CHARS.output}" rows="5" spellcheck="false" aria-describedby="output-note">${draft.output}</textarea>
<span class="note" id="output-note">Enough to see what went wrong. Shorten what would itself do harm.</span></p>
<p><label for="model">Model</label>
<input id="model" name="model" maxlength="200" value="${draft.model}" list="models" autocomplete="off" spellcheck="false">
<datalist id="models">${models().map(({ name }) => html`<option value="${name}"></option>`)}</datalist></p>
<p><label for="category">What it is about</label>
<select id="category" name="category"><option value="">I can’t say</option>
<optgroup label="Harm">${HAZARDS.map(option)}</optgroup><optgroup label="Method">${METHODS.map(option)}</optgroup></select></p>
<p><label for="decision">Number of the decision</label>
<input id="decision" name="decision" maxlength="100" value="${draft.decision}" autocomplete="off" spellcheck="false" aria-describedby="decision-note">
<span class="note" id="decision-note">Each answer of the API carries one: <code>dec_</code> and 26 letters and digits.</span></p>
</details>`
}

/** Open where files have to be chosen again, or where whom to tell instead must be seen. */
function filesPart({ config }: ReportDeps, { category }: ReportDraft, problem: FormProblem | null): Html {
  const isOpen = problem?.lostFiles === true || category === 'child_exploitation'
  return html`<details${isOpen ? html` open` : ''}>
<summary>Files <span class="note">(at most ${MOST_FILES})</span></summary>
<p class="note" id="files-note">Text, PNG, JPEG, WebP, PDF, or a file encrypted with age; 5 MiB each. Archives, HTML, SVG and office files are not taken.
They are kept encrypted and opened by people alone. A photo often carries where and when it was taken: if you want to stay unknown, send a
screenshot.</p>
${Array.from(
  { length: MOST_FILES },
  (_, place) => html`<p><label for="file${place + 1}">File ${place + 1}</label>
<input type="file" id="file${place + 1}" name="${FILE_FIELD}" aria-describedby="files-note"></p>`,
)}
<p class="problem"><strong>Never send images of the sexual abuse of children.</strong> Having them is a crime almost everywhere, for you and for us.
Report them to ${config.childSafetyContacts.map(
    ({ name, url }, place) => html`${place === 0 ? '' : ', '}<a href="${url}" rel="noreferrer">${name}</a>`,
  )} or to the police where you live; here, describe in words what the model did.</p>
</details>`
}

function youPart({ contact, credit }: ReportDraft): Html {
  return html`<details${contact + credit === '' ? '' : html` open`}>
<summary>Who you are <span class="note">(you may stay anonymous)</span></summary>
<p><label for="contact">How to reach you</label>
<input id="contact" name="contact" maxlength="${MOST_CHARS.contact}" value="${contact}" autocomplete="email" aria-describedby="contact-note">
<span class="note" id="contact-note">Without it, you are answered on the page that your code opens, and only there.</span></p>
<p><label for="credit">Name to thank in public</label>
<input id="credit" name="credit" maxlength="${MOST_CHARS.credit}" value="${credit}" autocomplete="nickname" aria-describedby="credit-note">
<span class="note" id="credit-note">Empty: you are not named.</span></p>
</details>`
}

function otherWays({ contact }: ReportDeps): Html | string {
  return contact === undefined
    ? ''
    : html`<p class="note">You can also write to ${contactLink(contact)}. Only a report by this form has a code to follow it by.</p>`
}

export function days(count: number): string {
  return count === 1 ? 'one day' : `${count} days`
}
