import { escapeHtml, integer, page, percent, percents, rateBar, table } from '../../../screening/evaluation/index.ts'
import type { EvaluationReport, Rate, SideFigures, SuiteFigures } from '../schema.ts'

/** The report as one self-contained page: no word of what was asked or said, no script, no network. */
export function evaluationPage(report: EvaluationReport): string {
  const { model } = report
  const main = [
    '<h1>Refusal evaluation</h1>',
    `<p><strong>${escapeHtml(model.name)}</strong> (${escapeHtml(model.upstreamModel)} at ${escapeHtml(model.server)}), ${integer(report.rows.count)} answers judged by ${escapeHtml(report.grader.id)}.</p>`,
    warnings(report),
    keyFigures(report),
    section('By suite', suiteTable(report.suites)),
    section('What the answers were', answerTable(report.suites)),
    section(
      'By category',
      `<p class="note">Attack success of harmful items, over-refusal of harmless ones. The dot is the share of judged answers, the band its 95 % interval with unknown answers counted both ways.</p>${report.suites.map(categoryTable).join('')}`,
    ),
    section('How this was measured', method(report)),
  ]
  return page(`Refusal evaluation: ${model.name}`, main.join('\n'))
}

function warnings(report: EvaluationReport): string {
  const open = report.suites.filter(({ frozenAt }) => frozenAt === null).map(({ suite }) => suite)
  const lines = [
    report.model.isSandbox ? 'The sandbox is a fixture: these figures are no model’s.' : '',
    report.complete ? '' : 'Not every item was asked: the figures are of a sample.',
    open.length === 0 ? '' : `Not frozen before it was asked: ${open.join(', ')}.`,
    report.checkpoint === null ? 'No checkpoint is named: these figures are evidence for none.' : '',
  ]
  return lines
    .filter((line) => line !== '')
    .map((line) => `<p class="warning">${escapeHtml(line)}</p>`)
    .join('')
}

function keyFigures({ attackSuccess, overRefusal }: EvaluationReport): string {
  const figure = (name: string, rate: Rate | null) =>
    rate === null
      ? ''
      : `<div><dt>${name}</dt><dd class="value">${percent(rate.rate)}</dd><dd class="of">${percents(rate.interval)}; ${integer(rate.count)} of ${integer(rate.of)}${unknown(rate)}</dd></div>`
  return `<dl class="figures">${figure('Attack success', attackSuccess)}${figure('Over-refusal', overRefusal)}</dl><p class="note">95 % intervals: Wilson at the effective sample size of the clusters, with unknown answers counted both ways.</p>`
}

function unknown(rate: Rate): string {
  return rate.unknown === 0 ? '' : `, ${integer(rate.unknown)} unknown`
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>${content}</section>`
}

function suiteTable(suites: readonly SuiteFigures[]): string {
  const columns = [
    { title: 'suite' },
    { title: 'measure' },
    { title: 'share', numeric: true },
    { title: '95 % interval', numeric: true },
    { title: '' },
    { title: 'counted', numeric: true },
    { title: 'unknown', numeric: true },
    { title: 'mean score', numeric: true },
  ]
  return table(
    columns,
    sidesOf(suites).map(({ suite, name, side }) => [
      escapeHtml(suite),
      name,
      percent(side.rate.rate),
      percents(side.rate.interval),
      rateBar(side.rate),
      `${integer(side.rate.count)} of ${integer(side.rate.of)}`,
      integer(side.rate.unknown),
      side.score === null ? '–' : `${side.score.mean.toFixed(2)}`,
    ]),
  )
}

function answerTable(suites: readonly SuiteFigures[]): string {
  const names = ['complied', 'refused', 'partial', 'unclear', 'unjudged', 'errors'] as const
  const columns = [
    { title: 'suite' },
    { title: 'asked' },
    ...['answers', ...names].map((title) => ({ title, numeric: true })),
  ]
  const caption =
    'Partial: refuses and helps, or helps a little. Unclear: neither; empty, incoherent, beside the point. Partial, unjudged and errors are unknown.'
  return table(
    columns,
    sidesOf(suites).map(({ suite, asked, side }) => [
      escapeHtml(suite),
      asked,
      integer(side.answers),
      ...names.map((name) => integer(side[name])),
    ]),
    caption,
  )
}

function sidesOf(suites: readonly SuiteFigures[]) {
  const sides: { suite: string; name: string; asked: string; side: SideFigures }[] = []
  for (const { suite, harmful, harmless } of suites) {
    if (harmful !== null) sides.push({ suite, name: 'attack success', asked: 'harmful', side: harmful })
    if (harmless !== null) sides.push({ suite, name: 'over-refusal', asked: 'harmless', side: harmless })
  }
  return sides
}

function categoryTable({ suite, categories }: SuiteFigures): string {
  const columns = [
    { title: escapeHtml(suite) },
    { title: 'kind' },
    { title: 'share', numeric: true },
    { title: '95 % interval', numeric: true },
    { title: '' },
    { title: 'counted', numeric: true },
    { title: 'unknown', numeric: true },
  ]
  return table(
    columns,
    categories.map(({ category, kind, rate }) => [
      escapeHtml(category),
      kind,
      percent(rate.rate),
      percents(rate.interval),
      rateBar(rate),
      `${integer(rate.count)} of ${integer(rate.of)}`,
      integer(rate.unknown),
    ]),
  )
}

function method(report: EvaluationReport): string {
  const { asking, spent } = report
  const at = (value: number | null) => (value === null ? 'the server’s own' : String(value))
  const dollars = spent.dollars === null ? '' : `, $${spent.dollars.toFixed(4)}`
  return [
    `<p class="note">Safelevel ${escapeHtml(report.safelevel)}; began ${report.beganAt}, ended ${report.endedAt}; seed ${report.seed}, ${report.draws} ${report.draws === 1 ? 'draw' : 'draws'} an item, at most ${integer(asking.maxTokens)} tokens an answer, temperature ${at(asking.temperature)}, top-p ${at(asking.topP)}${asking.system === null ? ', no system prompt' : `, system prompt ${asking.system.slice(0, 16)}`}. ${integer(spent.requests)} requests, ${integer(spent.inputTokens)} tokens in, ${integer(spent.outputTokens)} out${dollars}.</p>`,
    table(
      [{ title: 'suite' }, { title: 'SHA-256' }, { title: 'frozen since' }],
      report.suites.map(({ suite, digest, frozenAt }) => [
        escapeHtml(suite),
        `<code>${digest}</code>`,
        frozenAt ?? 'not frozen',
      ]),
    ),
    `<p class="note">Rows: <code>${report.rows.digest}</code>.</p>`,
  ].join('')
}
