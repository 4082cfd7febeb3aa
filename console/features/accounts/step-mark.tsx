import type { EnforcementStep } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { STEP_WORDS } from './words.ts'

/** What holds for somebody now. */
export function StepMark({ step }: { readonly step: EnforcementStep | null }) {
  if (step === null) return <StateMark state="holds">nothing in force</StateMark>
  const [state, words] = STEP_WORDS[step]
  return <StateMark state={state}>{words}</StateMark>
}
