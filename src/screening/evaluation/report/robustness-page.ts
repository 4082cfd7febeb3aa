import { fileNames, type Survey } from '../data/survey.ts'
import type { RobustnessSummary, TransformResult } from '../robustness.ts'
import { FAMILIES, type Family } from '../transforms/transform.ts'
import { heatCell, rateBar } from './charts.ts'
import type { Environment } from './environment.ts'
import { escapeHtml, integer, percent, percents } from './format.ts'
import { page, table } from './page.ts'

/** A run of the suite with what is needed to repeat it. */
export interface RobustnessReport extends RobustnessSummary {
  readonly command: string
  readonly time: string
  readonly seed: number
  readonly environment: Environment
  readonly perFile: readonly { readonly file: string; readonly sha256: string }[]
}

/** What each family of transforms does, for people. */
export const FAMILY_TITLES: Readonly<Record<Family, string>> = {
  plain: 'As it is',
  disguise: 'Disguises that normalisation undoes',
  evasion: 'Alterations that it does not undo',
  wrapper: 'Jailbreak wrappers',
  split: 'Split over parts, turns and tools',
}

/** Each file once, whatever was drawn from it. */
export function filesOf(surveys: readonly Survey[]): RobustnessReport['perFile'] {
  const names = fileNames(surveys)
  const digests = new Map(surveys.map(({ sha256 }, at) => [names[at] ?? '', sha256]))
  return [...digests].map(([file, sha256]) => ({ file, sha256 }))
}

/** The report as one self-contained page: no row's text, no script, no network. */
export function robustnessPage(report: RobustnessReport): string {
  const failed = Object.entries(report.failed).map(([code, count]) => `${integer(count)} (${code})`)
  const main = [
    '<h1>Robustness report</h1>',
    `<p><code>${escapeHtml(report.classifier)}</code> on ${integer(report.harmful)} harmful and ${integer(report.harmless)} harmless prompts, each presented in ${report.transforms.length} ways. Recall is the share of harmful prompts on which any label reached its calibrated threshold.</p>`,
    report.interrupted
      ? '<p class="warning">Interrupted: the figures stand for the prompts judged until then.</p>'
      : '',
    failed.length > 0 ? `<p class="warning">Not judged, and in no figure: ${failed.join(', ')}.</p>` : '',
    familyFigures(report),
    '<section><h2>By transform</h2><p class="note">Kept: of the prompts found as they are, how many are still found. By hazard: found for what is asked; the rest was found for how it is asked (jailbreak, injection, obfuscation). Intervals are 95 % Wilson intervals.</p>',
    transformTable(report),
    '</section>',
    heatMap(report),
    method(report),
  ]
  return page(`Robustness report: ${report.classifier}`, main.join('\n'))
}

function familyFigures({ families }: RobustnessReport): string {
  const entries = families.map(({ family, recall, hazardRecall, worst }) => {
    const least = family === 'plain' ? '' : `; least: ${escapeHtml(worst.name)}, ${percent(worst.recall)}`
    return `<div><dt>${FAMILY_TITLES[family]}</dt><dd class="value">${percent(recall)}</dd><dd class="of">by hazard ${percent(hazardRecall)}${least}</dd></div>`
  })
  return `<dl class="figures">${entries.join('')}</dl><p class="note">Recall, on average over the transforms of a family.</p>`
}

function transformTable({ transforms, harmless }: RobustnessReport): string {
  const harmlessColumns =
    harmless === 0 ? '' : '<th scope="col" class="n">false positives</th><th scope="col" class="n">by hazard</th>'
  const body = FAMILIES.map((family) => {
    const own = transforms.filter((transform) => transform.family === family)
    const rows = own.map((transform) => transformRow(transform, harmless > 0))
    return `${groupRow(family, harmless > 0 ? 8 : 6)}${rows.join('\n')}`
  })
  return `<div class="scroll"><table><thead><tr><th scope="col">transform</th><th scope="col" class="n">recall</th><th scope="col">95 % interval</th><th></th><th scope="col" class="n">kept</th><th scope="col" class="n">by hazard</th>${harmlessColumns}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}

function transformRow(
  { name, recall, kept, hazardRecall, ...harmless }: TransformResult,
  withHarmless: boolean,
): string {
  return [
    `<tr><th scope="row">${escapeHtml(name)}</th>`,
    heatCell(recall, 'good'),
    `<td class="interval-text">&nbsp;${percents(recall.interval, '–')}</td><td class="plot">${rateBar(recall)}</td>`,
    heatCell(kept, 'good'),
    heatCell(hazardRecall, 'good'),
    withHarmless ? heatCell(harmless.falsePositives, 'bad') + heatCell(harmless.hazardFalsePositives, 'bad') : '',
    '</tr>',
  ].join('')
}

function groupRow(family: Family, span: number): string {
  return `<tr class="group"><th scope="rowgroup" colspan="${span}">${FAMILY_TITLES[family]}</th></tr>`
}

function heatMap({ transforms, categories }: RobustnessReport): string {
  if (categories.length === 0) return ''
  const head = categories.map(
    ({ file, category, rows }) =>
      `<th scope="col" class="turned"><span>${escapeHtml(shorten(`${file.replace(/\.jsonl$/, '')}: ${category}`))} (${integer(rows)})</span></th>`,
  )
  const body = FAMILIES.map((family) => {
    const rows = transforms
      .filter((transform) => transform.family === family)
      .map(
        ({ name, perCategory }) =>
          `<tr><th scope="row">${escapeHtml(name)}</th>${perCategory.map((rate) => heatCell(rate, 'good')).join('')}</tr>`,
      )
    return `${groupRow(family, categories.length + 1)}${rows.join('\n')}`
  })
  return `<section><h2>Recall by transform and category</h2><p class="note">The largest categories of the sources, with their rows.</p><div class="scroll"><table class="map"><thead><tr><th scope="col">transform</th>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></section>`
}

/** A column of the map is about this many letters high. */
const MAX_TITLE = 36

function shorten(title: string): string {
  return title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE - 1)}…` : title
}

function method(report: RobustnessReport): string {
  const { environment: machine } = report
  return [
    '<section><h2>How this was measured</h2>',
    '<p>Every prompt is judged as the gateway would judge the request that carries it, once under each transform; the first row is the prompt itself. Wrappers are generic and the same for all prompts. A wrapped harmless prompt that is flagged as a jailbreak is counted as a false positive here, although a policy may want it so: the column by hazard tells the two apart.</p>',
    `<pre><code>${escapeHtml(report.command)}</code></pre>`,
    `<p class="note">Safelevel ${escapeHtml(machine.safelevel)}, ${escapeHtml(report.time)}, seed ${report.seed}; Node ${escapeHtml(machine.node)}, ${escapeHtml(machine.processor)}, ${machine.cores} cores.</p>`,
    table(
      [{ title: 'file' }, { title: 'SHA-256' }],
      report.perFile.map(({ file, sha256 }) => [escapeHtml(file), `<code>${sha256}</code>`]),
    ),
    '</section>',
  ].join('')
}
