import type { Runbook } from './schema.ts'

/** What a schema can't say. @returns faults in words; none: it is sound */
export function lintRunbook({ steps, lead, readers }: Runbook): string[] {
  const faults: string[] = []
  const answersOf = new Map<string, ReadonlySet<string>>()
  const seen = new Set<string>()
  for (const step of steps) {
    const { id, only } = step
    if (seen.has(id)) faults.push(`${id}: there are two steps of this name`)
    seen.add(id)
    if (only !== null) {
      const answers = answersOf.get(only.decision)
      if (answers === undefined) faults.push(`${id}: ${only.decision} is no question before it`)
      for (const answer of only.answers)
        if (answers?.has(answer) === false) faults.push(`${id}: ${only.decision} has no answer ${answer}`)
    }
    if (step.kind === 'decide') {
      const ids = step.answers.map((answer) => answer.id)
      if (new Set(ids).size !== ids.length) faults.push(`${id}: two of its answers have one name`)
      answersOf.set(id, new Set(ids))
    }
    if (step.kind === 'check' || readers === null) continue
    if (!step.roles.some((role) => readers.includes(role))) faults.push(`${id}: nobody who may do it sees the run`)
  }
  if (readers !== null && !lead.some((role) => readers.includes(role)))
    faults.push('nobody who may close a run sees it')
  return faults
}
