import type { DrillReport, IncidentView, MachineDiagram, ResponseCaseView, Role } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export type MachineName = 'training' | 'deployment' | 'drill'
export type Procedure = DrillReport['rehearsals'][number]['procedure']
export type Step = MachineDiagram['steps'][number]

export const PROCEDURES: Record<Procedure, string> = {
  pause: 'Pause of training',
  '2c': '2c: lock of the weights',
  '2d': '2d: halt of new customers',
}

/** What the doors go by in a state, as a mark. */
const EFFECTS: Record<string, readonly [State, string]> = {
  run: ['holds', 'training may go on'],
  wait: ['watch', 'training waits for an assessment'],
  stop: ['fails', 'no segment is trained'],
  lock: ['fails', 'nobody opens the weights'],
  everybody: ['holds', 'everybody is served'],
  existing: ['watch', 'no new customers'],
  nobody: ['unknown', 'nobody is served'],
}

/** A deployment that has passed no gate is served all the same: no check for that. */
export function effectMark({ effect, state }: Pick<ResponseCaseView, 'effect' | 'state'>): readonly [State, string] {
  if (state === 'grandfathered') return ['fails', 'everybody is served, under an exception']
  if (state === 'unreleased') return ['fails', 'everybody is served, without a gate passed']
  if (state === 'emergency') return ['fails', 'no new customers, and no safeguards yet']
  return EFFECTS[effect] ?? ['unknown', effect]
}

const WORST: readonly State[] = ['fails', 'watch', 'unknown', 'holds']

/** What is stopped or served without a gate first; what is only rehearsed last. */
export function worstCases(cases: readonly ResponseCaseView[]): ResponseCaseView[] {
  const rank = (of: ResponseCaseView) => (of.drill ? WORST.length : WORST.indexOf(effectMark(of)[0]))
  return cases.toSorted((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id))
}

export function casePath(id: string): string {
  const cut = id.indexOf('/')
  return `/incidents/cases/${id.slice(0, cut)}/${encodeURIComponent(id.slice(cut + 1))}`
}

/** Of what a case is: `training of atlas`, `deployment atlas-api`. */
export function caseTitle({
  machine,
  model,
  deployment,
}: Pick<ResponseCaseView, 'machine' | 'model' | 'deployment'>): string {
  return machine === 'training' ? `Training of ${model}` : `Deployment ${deployment ?? model}`
}

/** Whether somebody who holds these roles may take a step, or ask for it. */
export function mayTake({ roles }: Pick<Step, 'roles'>, held: readonly Role[]): boolean {
  return held.some((role) => roles.includes(role))
}

/** `next_level_safeguards` -> `next level safeguards` */
export function plain(name: string): string {
  return name.replaceAll('_', ' ')
}

/** What tightens before what loosens, what can be taken before what lacks evidence; what nobody takes comes last. */
export function inOrder(leads: ResponseCaseView['leads'], steps: readonly Step[]): ResponseCaseView['leads'] {
  const rank = ({ step, missing }: ResponseCaseView['leads'][number]) => {
    const found = steps.find((one) => one.step === step)
    return (found?.by === 'system' ? 4 : 0) + (missing.length === 0 ? 0 : 2) + (found?.favourable === true ? 1 : 0)
  }
  return leads.toSorted((a, b) => rank(a) - rank(b))
}

/** Whether anything of it can be late: not once it is closed, and never in a drill. */
export function runs({ closedAt, drill }: Pick<IncidentView, 'closedAt' | 'drill'>): boolean {
  return closedAt === null && !drill
}
