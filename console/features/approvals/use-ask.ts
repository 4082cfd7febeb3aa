import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { AfterChange } from '../../app/after-change.ts'
import { withFreshKey } from '../../app/security-key.ts'

interface Asking {
  /** Files the request; gives its identifier. Done twice where the key must be touched first. */
  send(): Promise<string>
  readonly changed?: AfterChange
  /** What it was written in is closed before the request is shown. */
  onClose?(): void
}

/** Asks other people to agree to something, by a touch of the key, and leads to what they will read. */
export function useAsk({ send, changed, onClose }: Asking) {
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () => withFreshKey(send),
    onSuccess: async (id) => {
      onClose?.()
      await changed?.()
      await navigate({ to: '/approvals/$id', params: { id } })
    },
  })
}
