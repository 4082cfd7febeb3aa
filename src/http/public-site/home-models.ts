import { html } from 'hono/html'
import type { PublicDeployment } from '../../transparency/index.ts'
import type { PublicModel } from './deps.ts'
import { day, type Html, mark } from './layout.ts'

/**
 * What runs here, and at which level: none is claimed beyond what is shown.
 *
 * @param deployments null = nobody can say now; empty = no model line is registered
 */
export function levelSection(models: readonly PublicModel[], deployments: readonly PublicDeployment[] | null): Html {
  return html`<section id="level">
<p class="lead"><strong>No AI safety level is claimed.</strong> ${enforcement(models)}
A level would be shown only as far as it can be proven, and the control catalogue that would prove it is not installed.</p>
${models.length === 0 ? html`<p>No model is open here.</p>` : modelTable(models)}
${deploymentTable(deployments)}
</section>`
}

function enforcement(models: readonly PublicModel[]): string {
  const observed = models.filter((model) => !model.enforced)
  if (models.length === 0) return ''
  const all =
    'Every request and every answer is screened against the policy below, and each decision is recorded in the ledger.'
  if (observed.length === 0) return `${all} What the policy refuses is withheld.`
  if (observed.length === models.length) return `${all} Nothing is withheld: all models here are only observed.`
  return `${all} What the policy refuses is withheld, except from the models marked “observed only”.`
}

function modelTable(models: readonly PublicModel[]): Html {
  return html`<table>
<caption>Models that answer here, and whether the policy is enforced on them</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Surface</th><th scope="col">Policy</th></tr></thead>
<tbody>${models.map(modelRow)}</tbody>
</table>`
}

function modelRow(model: PublicModel): Html {
  const state = model.enforced ? mark('holds', 'enforced') : mark('watch', 'observed only')
  const fixture = model.sandbox ? html` <span class="note">built in for trying things out; not a real model</span>` : ''
  return html`<tr><td><code>${model.name}</code>${fixture}</td><td>${model.surface}</td><td>${state}</td></tr>`
}

function deploymentTable(deployments: readonly PublicDeployment[] | null): Html | string {
  if (deployments === null)
    return html`<p>${mark('unknown', 'not known now')}: how these models stand could not be read. Try again in a minute.</p>`
  if (deployments.length === 0) return ''
  return html`<table class="wide">
<caption>What is deployed, whom it is served to, and when it was last assessed for dangerous capabilities</caption>
<thead><tr><th scope="col">Deployment</th><th scope="col">Stands</th><th scope="col">Assessed</th></tr></thead>
<tbody>${deployments.map(deploymentRow)}</tbody>
</table>`
}

function deploymentRow({ id, checkpoint, gatewayModels, state, cleared, nextAt, isDue }: PublicDeployment): Html {
  const names =
    gatewayModels.length === 0 ? 'served elsewhere' : html`answers as <code>${gatewayModels.join(', ')}</code>`
  return html`<tr><th scope="row">${id}<span class="note">checkpoint <code>${checkpoint}</code>, ${names}</span></th>
<td>${state === null ? mark('unknown', 'not under the release gate') : html`${mark(state.serves === 'everybody' ? 'holds' : 'watch', state.title)}<span class="note">${state.says}${state.serves === 'everybody' ? '' : `; served to ${state.serves}`}</span>`}</td>
<td>${cleared === null ? mark('unknown', 'no assessment has cleared') : html`cleared on ${day(cleared.at)}<span class="note">of <code>${cleared.checkpoint}</code></span>`}${isDue ? html`<span class="note">${mark('watch', 'the next one is due')}</span>` : nextAt === null ? '' : html`<span class="note">the next by ${day(nextAt)} at the latest</span>`}</td></tr>`
}
