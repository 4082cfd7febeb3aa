import type { Role, RunbookRunStep, RunbookStep } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'
import { roleName } from '../people/role-names.ts'

/** How a step stands, in shape and word. @param isOver the run is closed: nothing is open any more */
export function stepMark(
  { step, applies, settled, open, late }: RunbookRunStep,
  isOver: boolean,
): readonly [State, string] {
  if (applies === 'no') return ['unknown', 'not asked for']
  if (applies === 'undecided') return ['unknown', isOver ? 'not asked for' : 'depends on an answer']
  switch (settled?.state) {
    case 'done':
      return ['holds', late ? 'done, late' : 'done']
    case 'answered':
      return ['holds', late ? 'answered, late' : 'answered']
    case 'skipped':
      return ['watch', 'passed over']
    case 'holds':
      return ['holds', late ? 'holds, late' : 'holds']
    case 'fails':
      return [isRequired(step) ? 'fails' : 'watch', 'does not hold']
    case 'unknown':
      return ['unknown', 'nobody can say']
    default:
      if (isOver) return ['unknown', step.kind === 'check' ? 'not looked at' : 'not done']
      return open && late ? ['fails', 'late'] : ['watch', step.kind === 'check' ? 'not looked at' : 'open']
  }
}

function isRequired(step: RunbookStep): boolean {
  return step.kind === 'check' && step.required === true
}

/** Who takes a step. */
export function takersOf(step: RunbookStep): string {
  return step.kind === 'check' ? 'the product looks' : rolesOf(step.roles)
}

export function rolesOf(roles: readonly Role[]): string {
  return roles.map(roleName).join(' or ')
}

/** `30 min`, `2 h`, `3 d` */
export function within(minutes: number): string {
  if (minutes < 60) return `${minutes} min`
  return minutes < 2_880 ? `${Math.round(minutes / 6) / 10} h` : `${Math.round(minutes / 1_440)} d`
}
