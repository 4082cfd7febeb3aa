import type { Delivery, NotifyChannel } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const DELIVERY_STATES: Record<Delivery['state'], readonly [State, string]> = {
  waiting: ['watch', 'waits'],
  delivered: ['holds', 'delivered'],
  failed: ['fails', 'given up'],
  erased: ['unknown', 'erased before it was sent'],
}

/** Whether somebody still hears through it. */
export function channelState({ failed, waiting, lastError, lastSuccessAt }: NotifyChannel): readonly [State, string] {
  if (failed > 0) return ['fails', `${failed} given up`]
  if (waiting > 0 && lastError !== null) return ['watch', 'being tried again']
  return lastSuccessAt === null ? ['unknown', 'nothing sent yet'] : ['holds', 'delivers']
}
