import {
  type Clause,
  clausesOf,
  type ExampleResult,
  type Policy,
  type PolicyChange,
  type PolicyVersion,
  type PublicPolicy,
  type ReplayReport,
  type SideRule,
} from '../policy/index.ts'

export function renderPolicy(view: PublicPolicy): string {
  const head = `${view.title}, version ${view.version}, in effect from ${view.effective}\nsha256 ${view.digest}`
  const sections = view.sections.map(
    (section) => `\n${section.id}  ${section.title}\n${clausesOf(section).map(renderClause).join('\n')}`,
  )
  const overlays = view.overlays.map(({ id, title, surfaces, tiers, clauses }) => {
    const where = [...(surfaces ?? []).map((s) => `surface ${s}`), ...(tiers ?? []).map((t) => `tier ${t}`)]
    return `  ${id}  ${title} (${where.join(', ')}): changes ${clauses.map(({ clause }) => clause).join(', ') || 'media'}`
  })
  return [head, ...sections, ...(overlays.length === 0 ? [] : ['\nOverlays', ...overlays])].join('\n')
}

function renderClause({
  id,
  title,
  severity,
  labels,
  effect,
  requirement,
  prompt,
  completion,
  minimum,
}: Clause): string {
  const duty = requirement === undefined ? undefined : `${effect} (${requirement.of}, ${requirement.check})`
  const what = [duty, prompt && `prompt ${inWords(prompt)}`, completion && `completion ${inWords(completion)}`]
  const cells = [id.padEnd(5), title.padEnd(44), severity.padEnd(9), what.filter(Boolean).join(', ')]
  const tail = `${labels.length === 0 ? '' : `  [${labels.join(', ')}]`}${minimum === undefined ? '' : ` ${minimum}`}`
  return `  ${cells.join(' ')}${tail}`.trimEnd()
}

function inWords({ action, refuseFrom }: SideRule): string {
  return refuseFrom === undefined ? action : `${action} (refuse from ${refuseFrom})`
}

/** One that failed: where it stands, what was wanted and what spoke loudest. The text is the author's own. */
export function renderExample(policy: Policy, result: ExampleResult): string {
  const text = policy.clause(result.clause).examples?.[result.index]?.text ?? ''
  const scores = Object.entries(result.scores).map(([label, score]) => `${label} ${score.toFixed(2)}`)
  const got = result.refusedBy === null ? result.got : `${result.got} under ${result.refusedBy}`
  return `clause ${result.clause}, example ${result.index + 1} (${result.side}): wanted ${result.expected}, got ${got}\n  ${text.slice(0, 100)}\n  ${scores.join(', ')}`
}

export function renderVersion(version: PolicyVersion): string {
  const by = version.source === 'file' ? 'file' : `${version.requestedBy} with ${version.approvedBy.join(', ')}`
  const cells = [
    String(version.number).padStart(4),
    version.version.padEnd(12),
    version.state.padEnd(11),
    version.effectiveAt.slice(0, 16),
    by,
  ]
  return `${cells.join('  ')}\n      ${version.digest}\n      ${version.changelog.split('\n')[0]?.slice(0, 110)}`
}

export function renderChange({ change, subject, title, field, before, after }: PolicyChange): string {
  const mark = { added: '+', removed: '-', changed: '~' }[change]
  const head = `${mark} ${subject}${title === null ? '' : ` ${title}`}${field === '' ? '' : `: ${field}`}`
  if (change !== 'changed') return head
  return `${head}\n    ${short(before)} -> ${short(after)}`
}

function short(json: string | null): string {
  if (json === null) return '(nothing)'
  return json.length > 100 ? `${json.slice(0, 100)}…` : json
}

export function renderReplay(report: ReplayReport): string {
  const { totals, unknown } = report
  const lines = [
    `${n(report.decisions)} decisions, ${n(report.judged)} of them judged: ${report.current.version} against ${report.draft.version}`,
    `refused by ${report.current.version}: ${n(report.refusedNow)}; by ${report.draft.version}: ${n(report.refusedThen)}`,
    ...revisedLine(report),
    '',
    row('', ['newly refused', 'newly allowed', 'newly revised', 'other clause', 'newly flagged', 'flag gone']),
    row('all', cells(totals)),
    ...report.byCategory.map((counts) => row(counts.label, cells(counts))),
  ]
  if (report.byCustomer.length > 0) {
    lines.push('', ...report.byCustomer.map((counts) => row(counts.organisation, cells(counts))))
  }
  if (report.samples.length > 0) {
    lines.push('', 'for example:')
    for (const { decision, side, change, before, after } of report.samples.slice(0, 10)) {
      lines.push(`  ${decision} ${side}: ${spaced(change)} (${before ?? 'allowed'} -> ${after ?? 'allowed'})`)
    }
  }
  lines.push('', ...unknownInWords(unknown))
  return lines.join('\n')
}

/** Nothing where neither revises. */
function revisedLine({ current, draft, revisedNow, revisedThen }: ReplayReport): string[] {
  if (revisedNow === 0 && revisedThen === 0) return []
  return [`revised by ${current.version}: ${n(revisedNow)}; by ${draft.version}: ${n(revisedThen)}`]
}

function unknownInWords(unknown: ReplayReport['unknown']): string[] {
  const lines = [`Scores below ${unknown.floor} were not recorded and count as 0.`]
  if (unknown.belowFloor.length > 0) {
    lines.push(
      `A policy acts below that on ${unknown.belowFloor.join(', ')}: ${n(unknown.decisionsBelowFloor)} decisions may come out otherwise than shown.`,
    )
  }
  if (unknown.words) lines.push('What terms, patterns and markers would find is not known: words are not recorded.')
  if (unknown.media > 0) lines.push(`${n(unknown.media)} decisions were about media, and are taken as they were.`)
  return lines
}

function cells(counts: ReplayReport['totals']): string[] {
  const { newlyRefused, newlyAllowed, newlyRevised, otherClause, newlyFlagged, noLongerFlagged } = counts
  return [newlyRefused, newlyAllowed, newlyRevised, otherClause, newlyFlagged, noLongerFlagged].map(n)
}

function row(name: string, values: readonly string[]): string {
  return `${name.padEnd(32)}${values.map((value) => value.padStart(15)).join('')}`.trimEnd()
}

function spaced(words: string): string {
  return words.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function n(number: number): string {
  return number.toLocaleString('en')
}
