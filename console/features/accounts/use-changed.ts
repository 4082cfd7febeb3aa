import { useQueryClient } from '@tanstack/react-query'
import { useRefreshSession } from '../../app/session.ts'
import { useToast } from '../../components/toast.tsx'

/** To be called after whatever changes a customer or where somebody stands. */
export function useChanged(): (title: string, detail?: string) => Promise<void> {
  const client = useQueryClient()
  const refresh = useRefreshSession()
  const toast = useToast()
  return async (title, detail) => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ['accounts'] }),
      client.invalidateQueries({ queryKey: ['approvals'] }),
      client.invalidateQueries({ queryKey: ['ledger'] }),
      refresh(),
    ])
    toast(title, detail)
  }
}
