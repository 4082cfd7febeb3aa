import { type AfterChange, useAfterChange } from '../../app/after-change.ts'

/** To be called after whatever changes an appeal: what it undoes shows among accounts too. */
export function useAppealChanged(id: string): AfterChange {
  return useAfterChange([['appeals', 'list'], ['appeals', 'one', id], ['accounts'], ['ledger']])
}
