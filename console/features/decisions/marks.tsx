import type { RecordedDecision } from '../../app/api/schema.ts'
import { objectsNamed } from '../../app/navigation.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { OUTCOMES } from './words.ts'

type Marked = Pick<RecordedDecision, 'outcome' | 'enforced' | 'testString' | 'canary' | 'side'> & {
  readonly label: string | null
}

/** What became of a request; what was let through with a flag needs a person's eye. */
export function OutcomeMark({ decision }: { readonly decision: Marked }) {
  const { outcome, enforced, label, testString, canary } = decision
  const [state, word] = OUTCOMES[outcome]
  const withheld = outcome === 'refuse' || outcome === 'cut' || outcome === 'revise'
  const flagged = outcome === 'allow' && label !== null
  return (
    <StateMark state={flagged || (withheld && !enforced) ? 'watch' : state}>
      {word}
      {flagged && ', flagged'}
      {withheld && !enforced && ', let through'}
      {canary ? <Aside>canary</Aside> : testString && <Aside>test string</Aside>}
    </StateMark>
  )
}

function Aside({ children }: { readonly children: string }) {
  return <span className="font-normal text-quiet"> · {children}</span>
}

/** An identifier, shortened to what tells it from others, as a link where its object has a page. */
export function ObjectLink({ id }: { readonly id: string | null }) {
  if (id === null) return <span className="text-quiet">none</span>
  const href = objectsNamed(id)[0]?.href
  const short = <code title={id}>{shortId(id)}</code>
  if (href === undefined || /^\d/.test(id)) return short
  return (
    <AppLink href={href} className={INLINE_LINK}>
      {short}
    </AppLink>
  )
}

/** The last digits tell identifiers apart; the first ones only say when they were made. */
export function shortId(id: string): string {
  const [prefix = '', rest = ''] = id.split(/_(.*)/s)
  return rest.length > 8 ? `${prefix}_…${rest.slice(-6)}` : id
}
