import type { CaseView, DrillReport, IncidentView, ProfileView } from '../models/response/index.ts'

/** Of a rehearsal: what was tried, and whether it went as it should. */
export function drillLine({ id, model, ok, rehearsals, filedAt }: DrillReport): string {
  const names = rehearsals.map(({ procedure }) => procedure).join(', ')
  return `${id}  ${filedAt}  ${model}  ${names}  ${ok ? 'went as it should' : 'WOULD NOT HOLD'}`
}

export function describeDrill(report: DrillReport): string {
  const lines = [drillLine(report)]
  for (const { procedure, tookMs, steps } of report.rehearsals) {
    lines.push(`  ${procedure}  ${tookMs} ms`)
    for (const { title, ok, says } of steps) lines.push(`    ${ok ? 'ok    ' : 'FAILS '}  ${title}: ${says}`)
  }
  return [...lines, `  sha256  ${report.digest}`].join('\n')
}

export function describeProfile({ profile, months, since, switches }: ProfileView): string {
  const by = since === null ? 'as configured' : `since ${since}`
  const lines = switches.map(
    ({ at, from, to, people }) => `  ${at}  ${from.months} to ${to.months} months by ${people.join(' and ')}`,
  )
  return [`${profile ?? 'neither edition'}  every ${months} months  ${by}`, ...lines].join('\n')
}

export function caseLine({ id, state, effect, frozen, drill }: CaseView): string {
  const customers = frozen === null ? '' : `  ${frozen.length} customers`
  return `${id}  ${state}  ${effect}${customers}${drill ? '  drill' : ''}`
}

export function describeCase(of: CaseView): string {
  const shown = of.shown.map(({ kind, reference, by, at }) => `  shown     ${kind}: ${reference} (${by}, ${at})`)
  const leads = of.leads.map(({ step, to, by, missing }) => {
    const needs = missing.map((kinds) => kinds.join(' or ')).join(', ')
    return `  leads on  ${step} to ${to}, ${by}${needs === '' ? '' : `; needs ${needs}`}`
  })
  return [caseLine(of), ...shown, ...leads].join('\n')
}

export function describeIncident(incident: IncidentView): string {
  const { id, model, drill, awareAt, tasks, orders, clocks, closedAt, beyond } = incident
  return [
    `${id}  ${drill ? 'DRILL ' : ''}2d  ${model}  aware since ${awareAt}${closedAt === null ? '' : '  closed'}`,
    ...tasks.map(
      ({ case: of, customers, dueAt, owner }) =>
        `  halted    ${of}: ${customers} customers go on; assess by ${dueAt} (${owner ?? 'nobody yet'})`,
    ),
    ...orders.map((order) => `  order     ${order.deployment} on ${order.surface}: ${stateOf(order)}`),
    ...beyond.map((words) => `  beyond    ${words}`),
    ...clocks.map(({ regime, what, dueAt, over }) => `  clock     ${dueAt}${over ? ' OVER' : ''}  ${regime}: ${what}`),
  ].join('\n')
}

function stateOf({ acknowledged, what }: IncidentView['orders'][number]): string {
  if (acknowledged !== null) return `done there since ${acknowledged.at}, they say`
  return `NOT ${what === 'halt' ? 'HALTED' : 'SAFEGUARDED'} FROM HERE, no answer yet`
}
