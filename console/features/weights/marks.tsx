import type { WeightsDevice, WeightsGrant } from '../../app/api/schema.ts'
import { type State, StateMark } from '../../components/state-mark.tsx'

const GRANTS: Record<WeightsGrant['state'], readonly [State, string]> = {
  active: ['watch', 'open'],
  revoked: ['fails', 'revoked'],
  expired: ['unknown', 'over'],
  spent: ['unknown', 'spent'],
}
export const USES: Record<WeightsGrant['use'], string> = {
  run: 'runs a command in the sandbox',
  program: 'is read by a program',
  serve: 'serves it',
  export: 'makes a copy',
}
export const KINDS: Record<WeightsGrant['kind'], string> = {
  person: 'to a person',
  standing: 'standing, to an environment',
  break_glass: 'after the glass was broken',
}
const DEVICES: Record<WeightsDevice['state'], readonly [State, string]> = {
  pending: ['watch', 'waits to be let in'],
  approved: ['holds', 'let in'],
  revoked: ['fails', 'revoked'],
  expired: ['unknown', 'expired'],
}

export function GrantMark({ grant: { state, kind } }: { readonly grant: Pick<WeightsGrant, 'state' | 'kind'> }) {
  const [mark, words] = GRANTS[state]
  const loud = kind === 'break_glass' && state === 'active'
  return (
    <StateMark state={loud ? 'fails' : mark} className="whitespace-nowrap">
      {loud ? 'glass broken, open' : words}
    </StateMark>
  )
}

export function DeviceMark({ state }: Pick<WeightsDevice, 'state'>) {
  const [mark, words] = DEVICES[state]
  return <StateMark state={mark}>{words}</StateMark>
}
