import { html } from 'hono/html'
import { type Clause, clausesOf, type Overlay, type PublicPolicy, type SideRule } from '../../policy/index.ts'
import type { PublicModel, PublicSiteDeps } from './deps.ts'
import { contactLink, type Html, layout, paragraphs } from './layout.ts'

/** The policy as people read it. Each clause has an anchor, `#clause-4.2`, to which refusals can point. */
export function policyPage(deps: PublicSiteDeps): Html {
  const organisation = deps.config.organisation.name
  const policy = deps.policy().view()
  return layout({
    title: `${policy.title}, version ${policy.version}: ${organisation}`,
    language: policy.language,
    organisation,
    at: '/policy',
    body: html`<article>
<h1>${policy.title}</h1>
<p class="subtitle">Version ${policy.version}, in effect from <time datetime="${policy.effective}">${policy.effective}</time>.
<a href="/policy/history">Earlier versions</a></p>
${enforcementNote(deps.models())}
${policyText(policy)}
${contest(deps)}
${identity(policy)}
</article>`,
  })
}

/** The text itself, of whatever version. */
export function policyText(policy: Pick<PublicPolicy, 'preamble' | 'sections' | 'overlays' | 'retention'>): Html {
  return html`${paragraphs(policy.preamble)}
${contents(policy)}
${policy.sections.map(
  (section) => html`<section id="section-${section.id}">
<h2><span class="number">${section.id}</span> ${section.title}</h2>
${clausesOf(section).map(clauseBlock)}
</section>`,
)}
${overlaysBlock(policy.overlays)}
${
  policy.retention === null
    ? ''
    : html`<section id="retention"><h2>What is kept</h2>${paragraphs(policy.retention.wording)}</section>`
}`
}

/** A page that says "refused" must not be read where nothing is. */
function enforcementNote(models: readonly PublicModel[]): Html | string {
  const observed = models.filter((model) => !model.enforced).length
  if (observed === 0) return ''
  const which =
    observed === models.length ? 'This policy is not enforced here' : 'This policy is not enforced on every model here'
  return html`<p><span class="state watch"><span class="mark" aria-hidden="true">◐</span> observed only</span>. ${which}: what it
forbids is recorded, and passed on all the same. See <a href="/">what runs here</a>.</p>`
}

function contents(policy: Pick<PublicPolicy, 'sections'>): Html {
  return html`<nav class="contents" aria-label="Contents"><ol>${policy.sections.map(
    (section) =>
      html`<li><a href="#section-${section.id}"><span class="number">${section.id}</span> ${section.title}</a></li>`,
  )}</ol></nav>`
}

function clauseBlock(clause: Clause): Html {
  return html`<div class="clause" id="clause-${clause.id}">
<h3><a class="number" href="#clause-${clause.id}" aria-label="Link to clause ${clause.id}">${clause.id}</a> ${clause.title}</h3>
${paragraphs(clause.wording)}
${clause.requirement === undefined ? rules(clause) : duty(clause)}
</div>`
}

/** Whose duty it is, and whether anybody looks: what is only stated is never made to look enforced. */
function duty({ effect, requirement }: Clause): Html | string {
  if (requirement === undefined) return ''
  const who = requirement.of === 'operator' ? 'whoever runs this service' : 'whoever builds on these models'
  const what = effect === 'disclose' ? 'To be told by' : 'Required of'
  const where = [...(requirement.surfaces ?? []), ...(requirement.tiers ?? [])]
  const only = where.length === 0 ? '' : ` Only for: ${where.join(', ')}.`
  if (requirement.check === 'stated') {
    return html`<p class="note">${what} ${who}.${only} Stated here; no machine checks it.</p>`
  }
  const otherwise = requirement.action === 'refuse' ? 'is refused' : 'is answered and recorded'
  return html`<p class="note">${what} ${who}.${only} Checked on each request: one whose instructions lack the words
“${requirement.marker ?? ''}” ${otherwise}.</p>`
}

/** What really happens, in words: the same facts that decide. */
function rules(clause: Clause): Html | string {
  const { severity, prompt, completion } = clause
  const sides = [
    { subject: 'Requests', rule: prompt },
    { subject: 'Answers', rule: completion },
  ].flatMap(({ subject, rule }) => (rule === undefined ? [] : [{ subject, ...sideWords(rule) }]))
  const [first, second] = sides
  if (first === undefined) return ''
  const same = second !== undefined && first.found === second.found && first.unchecked === second.unchecked
  const sentences = same
    ? `Requests and answers that fall under it are ${first.found}. When the check cannot be made, ${first.unchecked}.`
    : sides
        .map((s) => `${s.subject} that fall under it are ${s.found}; when the check cannot be made, ${s.unchecked}.`)
        .join(' ')
  return html`<p class="note">Severity: ${severity}. ${sentences}${strictness(clause)}</p>`
}

function strictness({ minimum, exemptible }: Clause): string {
  const everywhere = minimum === undefined ? '' : ' Nowhere is it applied more mildly.'
  return exemptible === false ? `${everywhere} Nobody can be exempted from it.` : everywhere
}

function sideWords({ action, refuseFrom, whenUnavailable }: SideRule): { found: string; unchecked: string } {
  const flagged =
    refuseFrom === undefined ? 'answered and recorded' : 'answered and recorded, or refused where the case is plain'
  return {
    found: action === 'refuse' ? 'refused' : flagged,
    unchecked: whenUnavailable === 'refuse' ? 'nothing is answered' : 'the answer is given and recorded as not checked',
  }
}

function overlaysBlock(overlays: readonly Overlay[]): Html | string {
  if (overlays.length === 0) return ''
  return html`<section id="overlays">
<h2>Where other rules apply</h2>
${overlays.map(
  ({ id, title, wording, surfaces, tiers, clauses }) => html`<div class="clause" id="overlay-${id}">
<h3>${title}</h3>
${paragraphs(wording)}
<p class="note">Applies ${[...(surfaces ?? []).map((s) => `on ${s}`), ...(tiers ?? []).map((t) => `to ${t} customers`)].join(', ')}.
Changes ${clauses.map(({ clause }, i) => html`${i === 0 ? '' : ', '}<a href="#clause-${clause}">${clause}</a>`)}.</p>
</div>`,
)}
</section>`
}

/** Refusals point here. */
function contest(deps: PublicSiteDeps): Html {
  const contact = deps.config.organisation.securityContact
  const written = contact === undefined ? 'tell whoever runs this service' : html`write to ${contactLink(contact)}`
  const where =
    deps.contest === undefined
      ? written
      : html`<a href="/appeal">contest it</a>: a person who had no part in it decides`
  return html`<section id="contest">
<h2>If a refusal was wrong</h2>
<p>Quote the decision number and ${where}. A refusal by itself takes nothing away from you: it is recorded, and the next
request is judged afresh.</p>
</section>`
}

function identity(policy: PublicPolicy): Html {
  return html`<section id="identity">
<h2>Which text this is</h2>
<p>Every decision names the version of the policy and the SHA-256 of its machine-readable form, which is
<a href="/policy.json">/policy.json</a> byte for byte:</p>
<dl><dt>SHA-256</dt><dd><code class="digest">${policy.digest}</code></dd></dl>
</section>`
}
