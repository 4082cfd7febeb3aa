import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { StatusView } from './schema.ts'

/** One accent, greys, and colour for state only, always beside a mark and a word; all text is at least AA in both schemes. */
const STYLE = `
:root { color-scheme: light dark; --paper: #fdfdfc; --ink: #1c1f21; --quiet: #565d61; --line: #d9dcdc; --accent: #0b5f63; --holds: #1f6b3a; --watch: #8a5200; --fails: #a1262b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141718; --ink: #e4e7e6; --quiet: #a0a8aa; --line: #32383a; --accent: #6cc4c2; --holds: #7cc796; --watch: #e0ac5a; --fails: #f0908f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 46rem; background: var(--paper); color: var(--ink); font: .875rem/1.6 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.25rem; font-weight: 650; margin: 0; }
h2 { font-size: .875rem; font-weight: 650; margin: 2rem 0 .5rem; }
p { margin: .75rem 0; }
.quiet { color: var(--quiet); }
.state { font-weight: 600; }
.holds { color: var(--holds); } .watch { color: var(--watch); } .fails { color: var(--fails); }
a { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: baseline; padding: .5rem 1rem .5rem 0; border-top: 1px solid var(--line); }
th { font-weight: 400; color: var(--quiet); width: 9rem; }
thead th { width: auto; }
td:last-child, th:last-child { padding-right: 0; }
.count { text-align: right; }
code { font: .8125rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
footer { margin-top: 2rem; padding-top: .75rem; border-top: 1px solid var(--line); color: var(--quiet); }
@media (max-width: 30rem) { body { padding: 1rem; } th { width: 6.5rem; } }
`

/** For the content security policy, which allows this style and nothing else. */
export const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

type Mark = 'holds' | 'watch' | 'fails'
const SIGNS: Record<Mark, string> = { holds: '✓', watch: '◐', fails: '■' }

function state(mark: Mark, words: string) {
  return html`<span class="state ${mark}"><span aria-hidden="true">${SIGNS[mark]}</span> ${words}</span>`
}

/** The one page of the control plane: what runs, and how it is. No script, no customer data. */
export function statusPage(status: StatusView) {
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Safelevel: ${status.health.state === 'unready' ? 'not ready' : status.health.state}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header><h1>Safelevel</h1><span class="quiet">${status.name} · version ${status.version} · profile ${status.profile}${commitmentsOf(status)}</span></header>
<main>
${healthOf(status)}
<h2>What runs here</h2>
<table>
<tr><th scope="row">Gateway</th><td><code>${status.gatewayUrl}</code></td></tr>
<tr><th scope="row">Policy</th><td>version ${status.policy.version}<br><code class="quiet">${status.policy.digest}</code></td></tr>
<tr><th scope="row">Screening</th><td>${status.classifier}</td></tr>
<tr><th scope="row">Store</th><td>${status.store === 'embedded' ? 'embedded PostgreSQL' : 'PostgreSQL'}</td></tr>
<tr><th scope="row">Running for</th><td>${duration(status.uptimeSeconds)}</td></tr>
</table>
<h2>Models</h2>
${modelsOf(status)}
<h2>Coverage</h2>
${canariesOf(status)}
<h2>Ledger</h2>
${ledgerOf(status)}
<h2>Weights</h2>
${weightsOf(status)}
<h2>Decisions since the start</h2>
${decisionsOf(status)}
</main>
<footer>The API is under <code>/api/v1</code> and needs the operator token: <code>/api/v1/openapi.json</code> describes it.</footer>
</body>
</html>
`
}

function commitmentsOf({ commitments }: StatusView): string {
  return commitments === null ? '' : ` · ${commitments.holds} of ${commitments.total} commitments hold`
}

function weightsOf({ weights: { grants, locks, copiesOverdue, reviewOwed }, insider }: StatusView) {
  const wrong = [
    ...(locks === 0 ? [] : [state('fails', `${locks} ${locks === 1 ? 'lock stands' : 'locks stand'}`)]),
    ...(copiesOverdue === 0
      ? []
      : [state('fails', `${copiesOverdue} ${copiesOverdue === 1 ? 'copy' : 'copies'} should be gone`)]),
    ...(reviewOwed ? [state('fails', 'the glass was broken, and nobody has reviewed that')] : []),
  ]
  const open = grants === 0 ? 'nobody may open any now' : `${grants} ${grants === 1 ? 'grant is' : 'grants are'} open`
  return html`<p>${open}</p>${wrong.map((one) => html`<p>${one}</p>`)}${insiderOf(insider)}`
}

function insiderOf({ watched, lag, fault }: StatusView['insider']) {
  if (fault !== null) return html`<p>${state('fails', fault)}</p>`
  if (!watched) return html`<p>${state('watch', 'nothing watches for insiders at this moment')}</p>`
  return html`<p>what staff do is watched${lag === 0 ? '' : `, ${lag} entries behind`}</p>`
}

function healthOf({ health }: StatusView) {
  const items = health.conditions.map(
    ({ severity, words, code, since }) =>
      html`<li>${state(severity === 'unready' ? 'fails' : 'watch', severity)} ${words} <span class="quiet"><code>${code}</code> since ${since}</span></li>`,
  )
  if (health.state === 'degraded')
    return html`<p>${state('watch', 'Degraded')} <span class="quiet">requests are served; this should be mended</span></p><ul>${items}</ul>`
  if (health.ready)
    return html`<p>${state('holds', 'Ready')} <span class="quiet">requests are screened, answered and recorded</span></p>`
  return html`<p>${state('fails', 'Not ready')}</p><ul>${items}</ul>`
}

function modelsOf({ models }: StatusView) {
  if (models.length === 0)
    return html`<p class="quiet">No model is configured: name one under models in safelevel.yaml.</p>`
  const rows = models.map(
    (
      m,
    ) => html`<tr><td>${m.name}<br><span class="quiet">${m.sandbox ? 'built in; not a real model' : `upstream ${m.upstream}`}, surface ${m.surface}</span></td>
<td>${m.enforced ? state('holds', 'enforced') : state('watch', 'observed only')}</td></tr>`,
  )
  return html`<table><thead><tr><th scope="col">Name</th><th scope="col">Policy</th></tr></thead><tbody>${rows}</tbody></table>`
}

function canariesOf({ canaries: { holding, total, worst } }: StatusView) {
  if (total === 0) return html`<p class="quiet">No surface is watched.</p>`
  const counted = `${holding} of ${total} canaries refused as they must be`
  if (worst === null) return html`<p>${state('holds', counted)}</p>`
  const mark = worst.state === 'waiting' ? 'watch' : 'fails'
  return html`<p>${state(mark, counted)} <span class="quiet">worst: ${worst.id}, ${worst.state}: ${worst.detail}</span></p>`
}

function ledgerOf({ ledger }: StatusView) {
  const health =
    ledger.health === 'ok'
      ? state('holds', 'records and publishes')
      : state(ledger.health === 'degraded' ? 'watch' : 'fails', ledger.reason ?? ledger.health)
  const witness = ledger.witnessed
    ? state('holds', `witnessed by ${ledger.witnesses.by.join(', ')}`)
    : html`${state('watch', 'unwitnessed')} <span class="quiet">${unwitnessedWords(ledger.witnesses)}</span>`
  return html`<table>
<tr><th scope="row">Name</th><td><code>${ledger.origin}</code></td></tr>
<tr><th scope="row">Entries</th><td>${count(ledger.size)} recorded, ${count(ledger.provenSize)} under the newest checkpoint</td></tr>
<tr><th scope="row">Health</th><td>${health}</td></tr>
<tr><th scope="row">Witnesses</th><td>${witness}</td></tr>
</table>`
}

function unwitnessedWords({ by, of }: StatusView['ledger']['witnesses']): string {
  if (of === 0) return 'nobody outside of this installation cosigns its checkpoints'
  return `${by.length} of ${of} witnesses cosigned what is served: fewer than the trust policy asks for, or too long ago`
}

function decisionsOf({ decisions }: StatusView) {
  const entries = Object.entries(decisions)
  if (entries.length === 0)
    return html`<p class="quiet">None yet. Each request that passes the gateway counts here.</p>`
  const rows = entries.map(
    ([action, n]) => html`<tr><th scope="row">${action}</th><td class="count">${count(n)}</td></tr>`,
  )
  return html`<table>${rows}</table>`
}

function count(n: number): string {
  return n.toLocaleString('en')
}

/** `3 d 4 h`, `5 min`, `12 s`: the two largest units. */
function duration(seconds: number): string {
  const units: [string, number][] = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', Math.floor(seconds) % 60],
  ]
  const first = units.findIndex(([, n]) => n > 0)
  if (first < 0) return '0 s'
  const shown = units.slice(first, first + 2).filter(([, n]) => n > 0)
  return shown.map(([unit, n]) => `${n} ${unit}`).join(' ')
}
