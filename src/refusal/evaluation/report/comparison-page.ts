import { escapeHtml, integer, page, percent, table } from '../../../screening/evaluation/index.ts'
import type { Comparison, Interval, PairedFigures } from '../schema.ts'
import { MEASURE_WORDS, VERDICT_WORDS } from './words.ts'

/** The comparison as one self-contained page: no word of what was asked or said, no script, no network. */
export function comparisonPage(comparison: Comparison): string {
  const { base, tuned } = comparison
  const sandbox = base.model.isSandbox || tuned.model.isSandbox
  const main = [
    '<h1>Refusals compared</h1>',
    `<p><strong>${escapeHtml(tuned.model.name)}</strong> against <strong>${escapeHtml(base.model.name)}</strong>, the same items asked of both, judged by ${escapeHtml(comparison.grader)}.</p>`,
    sandbox ? '<p class="warning">The sandbox is a fixture: these figures are no model’s.</p>' : '',
    `<dl class="figures"><div><dt>Verdict</dt><dd class="value">${VERDICT_WORDS[comparison.verdict]}</dd></div></dl>`,
    `<section><h2>Measures</h2>${measureTable(comparison.measures)}</section>`,
    `<section><h2>By category</h2>${categoryTable(comparison)}</section>`,
    `<section><h2>How this was measured</h2><p class="note">Differences are ${escapeHtml(tuned.model.name)} minus ${escapeHtml(base.model.name)}: above 0 is worse. Their 95 % intervals are the wider of a paired bootstrap of clusters and Bonett and Price’s, with unknown answers counted both ways. p: signs of clusters turned (McNemar’s exact test where every cluster is one pair), corrected by Holm for all measures. Safelevel ${escapeHtml(comparison.safelevel)}, ${comparison.comparedAt}, seed ${comparison.seed}.</p><p class="note">Reports: <code>${base.report}</code>, <code>${tuned.report}</code>.</p></section>`,
  ]
  return page(`Refusals compared: ${tuned.model.name} against ${base.model.name}`, main.join('\n'))
}

function measureTable(measures: readonly PairedFigures[]): string {
  const columns = [
    { title: 'suite' },
    { title: 'measure' },
    { title: 'verdict' },
    { title: 'items', numeric: true },
    { title: 'before → after', numeric: true },
    { title: 'difference', numeric: true },
    { title: '' },
    { title: 'one alone', numeric: true },
    { title: 'p', numeric: true },
    { title: 'would tell', numeric: true },
  ]
  const caption =
    'Difference in points of a hundred with its 95 % interval; dashed: the margin within which a measure counts as not degraded. One alone: items on which only the one before, and only the one after, did it. Would tell: about how many items it takes.'
  return table(
    columns,
    measures.map((one) => [
      escapeHtml(one.suite),
      MEASURE_WORDS[one.measure],
      VERDICT_WORDS[one.verdict],
      integer(one.items),
      `${percent(one.base)} → ${percent(one.tuned)}`,
      `${points(one.difference)}<br><span class="interval-text">${pointsOf(one.interval)}</span>`,
      differenceBar(one.difference, one.interval, one.margin),
      `${integer(one.onlyBase)} / ${integer(one.onlyTuned)}`,
      one.holm.toPrecision(2),
      one.needed === null ? '–' : integer(one.needed),
    ]),
    caption,
  )
}

function categoryTable({ categories }: Comparison): string {
  const columns = [
    { title: 'category' },
    { title: 'kind' },
    { title: 'items', numeric: true },
    { title: 'before', numeric: true },
    { title: 'after', numeric: true },
    { title: 'difference', numeric: true },
    { title: '95 % interval', numeric: true },
    { title: '' },
  ]
  return table(
    columns,
    categories.map(({ category, kind, items, base, tuned, difference, interval }) => [
      escapeHtml(category),
      kind,
      integer(items),
      percent(base),
      percent(tuned),
      points(difference),
      pointsOf(interval),
      differenceBar(difference, interval, null),
    ]),
    'To see where to look: these are not corrected for their number.',
  )
}

/** `+1.2` points of a hundred. */
export function points(share: number | null): string {
  return share === null ? '–' : `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`
}

/** `-0.4 to +2.8`; a dash where nothing could be computed. */
export function pointsOf(interval: Interval | null): string {
  return interval === null ? '–' : `${points(interval[0])} to ${points(interval[1])}`
}

const x = (share: number) => Math.round((80 + share * 76) * 10) / 10

/** A difference on a line from −1 to 1. */
function differenceBar(difference: number | null, interval: Interval | null, margin: number | null): string {
  if (difference === null || interval === null) return ''
  const guide = margin === null ? '' : `<path class="guide" d="M${x(margin)} 1V13"/>`
  return [
    '<svg class="bar" viewBox="0 0 160 14" aria-hidden="true">',
    `<path class="grid" d="M4 7H156M80 2V12"/>${guide}`,
    `<path class="interval" d="M${x(interval[0])} 7H${x(interval[1])}"/>`,
    `<circle class="dot" cx="${x(difference)}" cy="7" r="3.5"/></svg>`,
  ].join('')
}
