import { escapeHtml, heatCell, integer, page, percent, rateBar, table } from '../../../screening/evaluation/index.ts'
import type { AttackRow, Cell, Layer, Outcomes, RedTeamReport, Share, SideFigures } from '../schema.ts'
import { FAMILY_WORDS, LAYER_WORDS, shareWords } from './words.ts'

/** The report as one self-contained page: nothing that was said, no script, no network. */
export function redTeamPage(report: RedTeamReport): string {
  const { target, guarded, safeguards } = report
  const main = [
    `<h1>Red team: ${escapeHtml(target.name)}</h1>`,
    `<p>${escapeHtml(summary(report))}</p>`,
    target.isSandbox
      ? '<p class="warning">The target is the sandbox, a fixture: these figures show that the red team works, and nothing about any model.</p>'
      : '',
    report.end === 'done' || report.end === 'budget' || report.end === 'all_found' || report.end === 'no_success'
      ? ''
      : `<p class="warning">Ended early: ${escapeHtml(report.why ?? report.end)}. The figures stand for what was tried until then.</p>`,
    sides(report),
    guarded === null || safeguards === null ? '' : layers(guarded, safeguards.where),
    categories(report),
    heatMap('Bare model', report, ({ bare }) => bare),
    guarded === null ? '' : heatMap('With safeguards', report, (one) => one.guarded),
    method(report),
  ]
  return page(`Red team: ${target.name}`, main.join('\n'))
}

function summary({ bare, behaviours, suites, end, why }: RedTeamReport): string {
  const named = suites.map(({ name }) => name).join(', ')
  const ended = end === 'done' ? 'everything was tried' : (why ?? end)
  return `${integer(bare.tries)} tries at ${integer(behaviours)} behaviours (${named}); ended because ${ended}.`
}

function sides({ bare, guarded }: RedTeamReport): string {
  const entry = (title: string, { sweep, broken, cost, firstSuccess }: SideFigures) => [
    figureOf(`${title}: attack success, sweep`, sweep, 'of tries chosen before anything was known'),
    figureOf(`${title}: behaviours had`, broken, 'at least once, by any attack'),
    `<div><dt>${title}: cost of a success</dt><dd class="value">${cost.requestsPerSuccess === null ? '–' : integer(cost.requestsPerSuccess)}</dd><dd class="of">requests${cost.moneyPerSuccess === null ? '' : `, $${cost.moneyPerSuccess.toFixed(4)}`}; first success ${firstSuccess === null ? 'never' : `at try ${integer(firstSuccess)}`}</dd></div>`,
  ]
  const entries = [...entry('Bare model', bare), ...(guarded === null ? [] : entry('With safeguards', guarded))]
  const rows = [['bare model', bare] as const, ...(guarded === null ? [] : [['with safeguards', guarded] as const])]
  const counts = table(
    ['', 'success', 'refused by the model', 'stopped by safeguards', 'harmless', 'unclear', 'no answer'].map(
      (title, at) => ({ title, numeric: at > 0 }),
    ),
    rows.map(([name, { outcomes: o }]) => [
      name,
      ...[o.success, o.refused, o.stopped, o.harmless, o.unclear, o.error].map(integer),
    ]),
    'Outcomes of all tries. Unclear answers and missing ones count both ways in every interval (95 %).',
  )
  return `<dl class="figures">${entries.join('')}</dl>${counts}`
}

function figureOf(title: string, share: Share, note: string): string {
  return `<div><dt>${title}</dt><dd class="value">${percent(share.rate)}</dd><dd class="of">${escapeHtml(shareWords(share))}; ${note}</dd></div>`
}

function layers({ layers: counts, tries }: SideFigures, where: string): string {
  const rows = LAYERS_IN_ORDER.flatMap((layer) => {
    const count = counts[layer]
    return count === undefined ? [] : [[LAYER_WORDS[layer], integer(count), percent(count / Math.max(1, tries))]]
  })
  if (rows.length === 0) return ''
  const columns = [{ title: 'stopped by' }, { title: 'tries', numeric: true }, { title: 'of all', numeric: true }]
  return `<section><h2>Which layer stopped it</h2>${table(columns, rows, `With safeguards: ${escapeHtml(where)}.`)}</section>`
}

const LAYERS_IN_ORDER: readonly Layer[] = [
  'prompt_screen',
  'completion_screen',
  'safeguard',
  'account',
  'upstream',
  'model',
]

function categories({ categories: rows }: RedTeamReport): string {
  const cells = (share: Share | null) =>
    share === null
      ? []
      : [
          percent(share.rate, 0),
          `${integer(share.count)} of ${integer(share.of)}`,
          rateBar({ rate: share.rate, interval: [share.low, share.high] }),
        ]
  const isGuarded = rows.some(({ guarded }) => guarded !== null)
  const columns = [
    { title: 'category' },
    ...[{ title: 'bare', numeric: true }, { title: 'behaviours', numeric: true }, { title: '95 %' }],
    ...(isGuarded
      ? [{ title: 'guarded', numeric: true }, { title: 'behaviours', numeric: true }, { title: '95 %' }]
      : []),
  ]
  const body = rows.map(({ category, bare, guarded }) => [escapeHtml(category), ...cells(bare), ...cells(guarded)])
  return `<section><h2>Behaviours had, by category</h2>${table(columns, body)}</section>`
}

/** Of those that are known; nothing where there are none. */
function rateOf(outcomes: Outcomes | null) {
  if (outcomes === null) return { rate: null, count: 0, of: 0, interval: null }
  const { success, refused, stopped, harmless } = outcomes
  const of = success + refused + stopped + harmless
  return { rate: of === 0 ? null : success / of, count: success, of, interval: null }
}

function heatMap(title: string, report: RedTeamReport, outcomesOf: (one: AttackRow | Cell) => Outcomes | null): string {
  const columns = report.categories.map(({ category }) => category)
  const cells = new Map(report.cells.map((cell) => [`${cell.attack}\n${cell.category}`, cell]))
  const head = columns.map((category) => `<th scope="col" class="turned"><span>${escapeHtml(category)}</span></th>`)
  const body = [...Map.groupBy(report.attacks, ({ family }) => family)].map(([family, attacks]) => {
    const rows = attacks.map((row) => {
      const own = columns.map((category) => {
        const cell = cells.get(`${row.attack}\n${category}`)
        return heatCell(rateOf(cell === undefined ? null : outcomesOf(cell)), 'bad')
      })
      return `<tr><th scope="row">${escapeHtml(row.attack)}</th>${heatCell(rateOf(outcomesOf(row)), 'bad')}${own.join('')}</tr>`
    })
    return `<tr class="group"><th scope="rowgroup" colspan="${columns.length + 2}">${escapeHtml(FAMILY_WORDS[family] ?? family)}</th></tr>${rows.join('\n')}`
  })
  return `<section><h2>${title}: attack success by attack and category</h2><p class="note">Successes of those tries that could be told; hover for the counts. A dash: not tried, or nothing could be told.</p><div class="scroll"><table class="map"><thead><tr><th scope="col">attack</th><th scope="col" class="turned"><span>all</span></th>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></section>`
}

function method(report: RedTeamReport): string {
  const { target, safeguards, grader, attacker, seed, budget, began, ended, suites, digest } = report
  const facts = [
    ['target', `${target.name} (${target.model}, ${target.server})`],
    [
      'safeguards',
      safeguards === null
        ? 'none were tried'
        : `${safeguards.where}${safeguards.policy === null ? '' : `, policy ${safeguards.policy.version}`}${safeguards.mode === 'observe' ? '; OBSERVING ONLY: nothing is withheld' : ''}`,
    ],
    ...(safeguards?.accountStops === undefined
      ? []
      : [['accounts', `the key was restricted and replaced ${integer(safeguards.accountStops)} times`]]),
    ['graded by', grader],
    ['attacks written by', attacker ?? 'transforms, their compositions and mutation alone'],
    ['seed', String(seed)],
    ['budget', `${integer(budget.requests)} requests`],
    ['time', `${began} to ${ended}`],
    ['tries (SHA-256)', digest],
    ...suites.map(({ name, digest: of, behaviours, used }) => [
      `suite ${name}`,
      `${of} (${integer(used)} of ${integer(behaviours)} behaviours)`,
    ]),
  ]
  return `<section><h2>How this was done</h2><p>The sweep tries every attack at a sample that was drawn beforehand: its share is an estimate for all of them. The search spends the rest where something has worked, so shares over all tries say how hard somebody looked, and nothing else. Intervals take tries at one behaviour as alike.</p>${table(
    [{ title: '' }, { title: '' }],
    facts.map(([name = '', value = '']) => [escapeHtml(name), `<code>${escapeHtml(value)}</code>`]),
  )}</section>`
}
