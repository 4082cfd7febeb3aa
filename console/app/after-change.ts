import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useToast } from '../components/toast.tsx'
import { useRefreshSession } from './session.ts'

/** To be called when a change was made; without a title nothing is said. */
export type AfterChange = (title?: string, description?: string) => Promise<void>

/**
 * What follows every change: what it touches is read anew, then what was done is said.
 *
 * @param stale Beginnings of the keys of what is read anew: `['cards']` for all about cards.
 * @param options.session Whether it may change who is signed in or what they hold, such as how long a touch of their key lasts.
 */
export function useAfterChange(
  stale: readonly QueryKey[],
  { session = false }: { readonly session?: boolean } = {},
): AfterChange {
  const client = useQueryClient()
  const refresh = useRefreshSession()
  const toast = useToast()
  return async (title, description) => {
    const reads = stale.map((queryKey) => client.invalidateQueries({ queryKey }))
    await Promise.all(session ? [...reads, refresh()] : reads)
    if (title !== undefined) toast(title, description)
  }
}
