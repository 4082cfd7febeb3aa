import { escapeHtml, integer, page, percent, percents, table } from '../../screening/evaluation/index.ts'
import { barChart, groupedBars, lineChart } from './checks/charts.ts'
import type { CheckedRate, DatasetReport } from './checks/report-schema.ts'
import type { Author, DatasetManifest } from './schema.ts'

/** The report as one self-contained page: no prompt, no answer but the first words that answers share, no script, no network. */
export function reportPage(manifest: DatasetManifest, report: DatasetReport): string {
  const { records } = manifest
  const main = [
    `<h1>Constitution dataset: ${escapeHtml(manifest.name)}</h1>`,
    `<p>${integer(records.count)} records (${integer(records.harmful)} harmful prompts, ${integer(records.helpful)} helpful), made with constitution ${escapeHtml(manifest.constitution.version)} under policy ${escapeHtml(manifest.policy.version)}. ${integer(records.sft)} are exported for supervised tuning, ${integer(records.preference)} as pairs.</p>`,
    manifest.isSandbox
      ? '<p class="warning">Made with the built-in sandbox, which is a fixture and no model: these figures say nothing about any model.</p>'
      : '',
    warnings(report),
    keyFigures(report),
    charts(report),
    section('Flags and what they keep out', flags(manifest)),
    section('How answers to harmful prompts begin', openings(report)),
    section('Principles', principles(report)),
    section('How it was made', method(manifest)),
  ]
  return page(`Constitution dataset: ${manifest.name}`, main.join('\n'))
}

function warnings({ warnings: found }: DatasetReport): string {
  if (found.length === 0) return '<p>The checks over the whole set found nothing beyond their limits.</p>'
  return found.map((text) => `<p class="warning">${escapeHtml(text)}</p>`).join('')
}

function keyFigures({ stages, helpful, critiques, labels, openings: { evenness }, spotChecks }: DatasetReport): string {
  const [first, last] = [stages[0], stages.at(-1)]
  const items: [string, string, string][] = [
    ['Harmful first answers', ...figures(first?.harmful)],
    ['Harmful last answers', ...figures(last?.harmful)],
    ['Refused last answers', ...figures(last?.refused)],
    ['Harmless prompts refused', ...figures(helpful.overRefusal)],
    ['Critiques that point at nothing', ...figures(critiques.pointless)],
    ['Revision preferred to first answer', ...figures(labels.secondPreferred)],
    ['Judgements that agree in both orders', ...figures(labels.ordersAgree)],
    ['First place chosen', ...figures(labels.firstPlaceChosen)],
    ['Evenness of openings', evenness === null ? '–' : evenness.toFixed(2), '1: no two answers begin alike'],
    [
      'Spot checks that people upheld',
      ...(spotChecks.agreement === null
        ? (['–', `${integer(spotChecks.drawn)} drawn, nobody looked yet`] as [string, string])
        : figures(spotChecks.agreement)),
    ],
  ]
  const entries = items.map(
    ([name, value, detail]) =>
      `<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="of">${detail}</dd></div>`,
  )
  return `<dl class="figures">${entries.join('')}</dl><p class="note">95 % Wilson intervals. What nobody could judge counts as neither, and widens them both ways.</p>`
}

function figures(rate: CheckedRate | undefined): [string, string] {
  if (rate === undefined || rate.rate === null) return ['–', 'nothing to count']
  const unknown = rate.unknown === 0 ? '' : `, ${integer(rate.unknown)} unknown`
  return [percent(rate.rate), `${percents(rate.interval)} (${integer(rate.count)} of ${integer(rate.of)}${unknown})`]
}

function charts({ stages, labels, words }: DatasetReport): string {
  const harm = lineChart(
    { title: 'Harm and refusal by stage', y: 'share of answers' },
    stages.map(({ stage }) => stage),
    [
      { name: 'harmful', tone: 'harmful', rates: stages.map(({ harmful }) => harmful) },
      { name: 'refused', tone: 'harmless', rates: stages.map(({ refused }) => refused) },
    ],
  )
  const bins = labels.histogram.map((count, at) => ({ name: (at / labels.histogram.length).toFixed(1), count }))
  const lengths = groupedBars(
    { title: 'Length', x: 'words, from', y: 'answers' },
    words.histogram.map(({ from, initial, final }) => ({ name: String(from), values: [initial, final] })),
  )
  return [
    '<div class="charts">',
    chart(
      'Harm and refusal by stage',
      harm,
      'Answers to harmful prompts that the policy would refuse (<span class="key harmful">harmful</span>), and that refuse themselves (<span class="key harmless">refused</span>), after each revision.',
    ),
    chart(
      'Labels',
      barChart({ title: 'Labels', x: 'raw label: that the second is better', y: 'pairs' }, bins),
      'One half is undecided. Two heaps at the ends: verdicts that don’t depend on the order.',
    ),
    chart(
      'Length',
      lengths,
      'Words of <span class="key harmful">first</span> and <span class="key harmless">last</span> answers to harmful prompts.',
    ),
    '</div>',
  ].join('')
}

function chart(title: string, svg: string, caption: string): string {
  return `<figure><h3>${title}</h3>${svg}<figcaption>${caption}</figcaption></figure>`
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>${content}</section>`
}

function flags({ records }: DatasetManifest): string {
  const names = Object.keys(records.flags)
  if (names.length === 0) return '<p>No record has a flag.</p>'
  const rows = names.map((name) => [
    escapeHtml(name.replaceAll('_', ' ')),
    integer(records.flags[name] ?? 0),
    integer(records.dropped.sft[name] ?? 0),
    integer(records.dropped.preference[name] ?? 0),
  ])
  const columns = [
    { title: 'flag' },
    { title: 'records', numeric: true },
    { title: 'kept out of supervised tuning', numeric: true },
    { title: 'kept out of pairs', numeric: true },
  ]
  return `<p class="note">A record may have several flags. What is kept out stays in the dataset with its reasons.</p>${table(columns, rows)}`
}

function openings({ openings: { answers, distinct, entropyBits, top } }: DatasetReport): string {
  if (answers === 0) return '<p>There is no such answer.</p>'
  const rows = top.map(({ opening, count, share }) => [
    `<code>${escapeHtml(opening)}</code>`,
    integer(count),
    percent(share),
  ])
  const columns = [{ title: 'first words' }, { title: 'answers', numeric: true }, { title: 'share', numeric: true }]
  return `<p>${integer(answers)} answers begin in ${integer(distinct)} ways; their entropy is ${(entropyBits ?? 0).toFixed(2)} bits.</p>${table(columns, rows)}`
}

function principles({ principles: rows }: DatasetReport): string {
  const columns = [
    { title: 'principle' },
    { title: 'revisions', numeric: true },
    { title: 'judgements', numeric: true },
  ]
  return table(
    columns,
    rows.map(({ principle, revised, judged }) => [escapeHtml(principle), integer(revised), integer(judged)]),
  )
}

function method(manifest: DatasetManifest): string {
  const { settings, seed, constitution, policy, authors, prompts, screening, records } = manifest
  const rows: [string, string][] = [
    ...Object.entries(authors).map(([part, author]): [string, string] => [part, authorWords(author)]),
    ['rounds', String(settings.rounds)],
    ['pairs', `${settings.pairs}, judged by ${settings.judging} against ${settings.judgePrinciples} principles each`],
    ['labels kept within', `${settings.clamp[0]} and ${settings.clamp[1]}`],
    ['temperature', settings.temperature === null ? 'the server’s own' : String(settings.temperature)],
    ['seed', String(seed)],
    ...prompts.map((file): [string, string] => [
      `prompts (${file.kind})`,
      `${file.file}: ${integer(file.count)}, ${integer(file.repeated)} repeated; licence ${file.licences.join(', ') || 'not stated'}; SHA-256 ${file.digest.slice(0, 16)}…`,
    ]),
    ['classifier', screening.classifier ?? 'none'],
    ['constitution', `${constitution.version}, ${constitution.digest.slice(0, 16)}…`],
    ['policy', `${policy.version}, ${(policy.digest ?? '').slice(0, 16)}…`],
    ['records', `SHA-256 ${records.digest}`],
  ]
  return table(
    [{ title: 'what' }, { title: 'value' }],
    rows.map(([name, value]) => [escapeHtml(name), escapeHtml(value)]),
  )
}

function authorWords(author: Author): string {
  if (author.kind === 'person') return `a person: ${author.note}`
  return `${author.model} (${author.upstreamModel}) at ${author.server}${author.isSandbox ? ': a fixture, no model' : ''}`
}
