import { useQuery } from '@tanstack/react-query'
import { StateMark } from '../components/state-mark.tsx'
import { waysInQuery } from './session.ts'

/** On every page while anybody can sign in without proof. */
export function DevelopmentMark() {
  const { data } = useQuery(waysInQuery)
  if (data?.development !== true) return null
  return (
    <aside aria-label="Development login" className="border-b border-watch bg-watch-soft px-4 py-1 text-center text-xs">
      <StateMark state="watch">Development login is on</StateMark>
      <span className="ml-2">Anybody on this machine can sign in as anybody. Nothing decided here counts.</span>
    </aside>
  )
}
