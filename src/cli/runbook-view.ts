import type { RunbookView, RunStep, RunSummary, RunView } from '../runbooks/index.ts'
import { consoleLink } from './vault-versions.ts'

type Step = RunbookView['steps'][number]

/** `2 h 30 min` */
export function minutes(n: number): string {
  if (n < 60) return `${n} min`
  if (n >= 2_880) return `${Math.round(n / 1_440)} d`
  const rest = n % 60
  return rest === 0 ? `${n / 60} h` : `${Math.floor(n / 60)} h ${rest} min`
}

/** The whole of a runbook, to be read or printed. */
export function describeRunbook({ id, title, when, about, lead, readers, sources, steps }: RunbookView): string {
  return [
    `${id}: ${title}`,
    '',
    `  when    ${when}`,
    `  name    ${about}`,
    `  lead    ${lead.join(', ')}`,
    ...(readers === null ? [] : [`  seen by ${readers.join(', ')} alone`]),
    ...sources.map((source, i) => `  ${i === 0 ? 'after ' : '      '}  ${source}`),
    ...steps.map((step, i) => `\n${describeStep(step, `${i + 1}`)}`),
  ].join('\n')
}

/** One step with all that is needed to take it. @param mark what stands before it @param link makes a link of a page */
export function describeStep(
  step: Step,
  mark: string,
  link: (path: string) => string = (path) => `console: ${path}`,
): string {
  const { id, title, say, only, withinMinutes } = step
  const by = step.kind === 'check' ? 'the product looks' : step.roles.join(' or ')
  const within = withinMinutes === null ? '' : `, within ${minutes(withinMinutes)}`
  return [
    `${mark.padStart(3)}  ${title}`,
    `     ${id}: ${by}${within}${only === null ? '' : `; only after ${only.decision} = ${only.answers.join(' or ')}`}`,
    ...wrap(say),
    ...(step.kind === 'do' && step.command !== null ? [`     $ ${step.command}`] : []),
    ...(step.kind === 'do' && step.page !== null ? [`     ${link(step.page)}`] : []),
    ...(step.kind === 'check' ? [`     looks at ${step.look}${step.required ? '' : ' (may fail)'}`] : []),
    ...(step.kind === 'decide' ? step.answers.map((answer) => `     ${answer.id.padEnd(12)} ${answer.says}`) : []),
  ].join('\n')
}

export function runLine({ id, runbook, drill, startedAt, closed, open, late, about }: RunSummary): string {
  const state = closed === null ? `open, ${open} steps left${late === 0 ? '' : `, ${late} LATE`}` : closed.outcome
  return `${id}  ${startedAt.slice(0, 16)}Z  ${runbook.padEnd(20)} ${drill ? 'DRILL  ' : ''}${state}${about === null ? '' : `  ${about}`}`
}

/** A run from its beginning to where it stands. */
export function describeRun(run: RunView, url: string): string {
  const { id, title, drill, startedAt, startedBy, about, closed } = run
  return [
    `${drill ? 'DRILL  ' : ''}${title}`,
    `  run     ${id}, started ${startedAt} by ${startedBy}${about === null ? '' : `, about ${about}`}`,
    `  console ${runLink(url, id)}`,
    '',
    ...run.steps.filter(({ applies }) => applies !== 'no').map(stepLine),
    ...(closed === null ? [] : ['', `${closed.outcome} ${closed.at} by ${closed.by}: ${closed.summary}`]),
    ...(closed?.despite == null ? [] : [`closed although a check does not hold: ${closed.despite}`]),
  ].join('\n')
}

export function runLink(url: string, id: string): string {
  return consoleLink({ url }, `/runbooks/runs/${id}`)
}

function stepLine({ step, applies, settled, open, late, dueAt }: RunStep): string {
  const state = settled?.state ?? (applies === 'undecided' ? 'depends' : open ? 'open' : '')
  const due = dueAt === null || !open ? '' : `  due ${dueAt.slice(11, 16)}Z`
  const what = settled?.answer == null ? '' : ` = ${settled.answer}`
  return `  ${state.padEnd(9)} ${step.id}${what}: ${step.title}${due}${late ? '  LATE' : ''}`
}

function wrap(text: string): string[] {
  const lines: string[] = []
  let line = '    '
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length > 95) {
      lines.push(line)
      line = '    '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
