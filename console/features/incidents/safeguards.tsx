import type { ResponseCaseView } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { plain } from './words.ts'

/** The minimum additional safeguards that hold for a deployment, one by one; what isn't on is said too. */
export function SafeguardList({ of: { safeguards, told = [] } }: { readonly of: ResponseCaseView }) {
  if (safeguards === null) return null
  const { strict, toolsOff, whole, judge, closed = {}, downgrade = {}, replaceWith } = safeguards
  const switches: readonly (readonly [boolean | undefined, string])[] = [
    [strict, 'what the policy would only flag is refused'],
    [toolsOff, 'requests with tools are refused'],
    [whole, 'answers are held until all of them is judged'],
    [judge, 'the judge reads every request and answer'],
  ]
  return (
    <ul className="flex flex-col gap-1">
      {switches.map(([on, words]) => (
        <li key={words}>
          <StateMark state={on === true ? 'holds' : 'unknown'}>
            {words}
            {on !== true && ': off'}
          </StateMark>
        </li>
      ))}
      {Object.entries(closed).map(([label, from]) => (
        <li key={label}>
          <StateMark state="holds">
            {plain(label)}: refused from {from} on
          </StateMark>
        </li>
      ))}
      {Object.entries(downgrade).map(([label, one]) => (
        <li key={label}>
          <StateMark state="holds">
            {plain(label)}: from {one?.from} on, {one?.to} answers
          </StateMark>
        </li>
      ))}
      {replaceWith != null && (
        <li>
          <StateMark state="holds">{replaceWith} answers in its place</StateMark>
        </li>
      )}
      {told.map(({ measure, customers, at }) => (
        <li key={`${measure} ${at}`} className="text-quiet">
          {count(customers, 'customer was', 'customers were')} told: {plain(measure)}, <When at={at} />
        </li>
      ))}
    </ul>
  )
}
