import type { RunbookStep } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code, CopyText } from '../../components/copy.tsx'
import { takersOf, within } from './words.ts'

/** What a step asks of whom, and where it is done. */
export function StepFacts({ step, steps }: { readonly step: RunbookStep; readonly steps: readonly RunbookStep[] }) {
  const { withinMinutes, only } = step
  return (
    <>
      <span className="text-quiet">
        {takersOf(step)}
        {withinMinutes != null && ` · within ${within(withinMinutes)}`}
        {only != null && ` · only after “${answersOf(steps, only)}”`}
      </span>
      <span className="max-w-prose">{step.say}</span>
      {step.kind === 'do' && step.command != null && (
        <div className="max-w-2xl">
          <CopyText label="the command" text={step.command} />
        </div>
      )}
      {step.kind === 'do' && step.page != null && (
        <span>
          <AppLink href={step.page} inline>
            {step.page}
          </AppLink>{' '}
          <span className="text-quiet">in this console</span>
        </span>
      )}
      {step.kind === 'check' && (
        <span className="text-quiet">
          looks at <Code>{step.look}</Code>
          {step.required === false && ' · the run may be closed without it'}
        </span>
      )}
    </>
  )
}

/** The words of the answers that ask for a step. */
function answersOf(
  steps: readonly RunbookStep[],
  { decision, answers }: { decision: string; answers: string[] },
): string {
  const question = steps.find(({ id }) => id === decision)
  if (question?.kind !== 'decide') return answers.join(' or ')
  return answers.map((id) => question.answers.find((one) => one.id === id)?.says ?? id).join('” or “')
}
