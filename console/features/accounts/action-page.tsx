import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Code } from '../../components/copy.tsx'
import { Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Statement } from '../appeals/statement.tsx'
import { History } from '../ledger/history.tsx'
import { ActionTable } from './action-table.tsx'
import { actionQuery } from './queries.ts'
import { SubjectLink } from './subject-name.tsx'
import { actionState, STEP_WORDS, TYPES } from './words.ts'

/** One action, as people quote it: what was done, to whom, and the reasons that they were given. */
export function ActionPage() {
  const { id } = useParams({ from: '/shell/accounts/actions/$id' })
  const { data: action } = useSuspenseQuery(actionQuery(id))
  const [state, words] = actionState(action)
  return (
    <Page
      title={`${TYPES[action.subject.type]} ${STEP_WORDS[action.step][1]}`}
      summary={
        <>
          <StateMark state={state}>{words}</StateMark> · <SubjectLink subject={action.subject} /> ·{' '}
          <Code>{action.id}</Code>
        </>
      }
    >
      <Section title="What was done">
        <ActionTable actions={[action]} />
      </Section>
      <Section title="What they were told" note="the statement of reasons">
        <Statement about={id} />
      </Section>
      <History id={id} />
    </Page>
  )
}
