import { type AfterChange, useAfterChange } from '../../app/after-change.ts'

/** To be called after whatever changes a customer or where somebody stands. */
export function useChanged(): AfterChange {
  return useAfterChange([['accounts'], ['approvals'], ['ledger']], { session: true })
}
