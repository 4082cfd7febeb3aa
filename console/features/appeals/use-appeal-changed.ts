import { useQueryClient } from '@tanstack/react-query'
import { useToast } from '../../components/toast.tsx'

/** To be called after whatever changes an appeal: what it undoes shows among accounts too. */
export function useAppealChanged(id: string): (title: string, detail?: string) => Promise<void> {
  const client = useQueryClient()
  const toast = useToast()
  return async (title, detail) => {
    await Promise.all([
      client.invalidateQueries({ queryKey: ['appeals', 'list'] }),
      client.invalidateQueries({ queryKey: ['appeals', 'one', id] }),
      client.invalidateQueries({ queryKey: ['accounts'] }),
      client.invalidateQueries({ queryKey: ['ledger'] }),
    ])
    toast(title, detail)
  }
}
