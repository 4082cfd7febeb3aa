import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Section } from '../../components/page.tsx'
import { Changes } from './changes.tsx'

/** For who is asked to agree to a publication: what it would change, and where to look further. */
export function PublicationReview({ payload }: { readonly payload: unknown }) {
  const asked = publicationOf(payload)
  if (asked === null) return null
  const { base, draft } = asked
  return (
    <Section
      title="What it changes"
      actions={
        <span className="flex gap-3">
          <AppLink href={`/policy/drafts/${draft}`} className={INLINE_LINK}>
            The draft
          </AppLink>
          <AppLink href={`/policy/drafts/${draft}?tab=replay`} className={INLINE_LINK}>
            Its replay
          </AppLink>
        </span>
      }
    >
      <Changes from={base} to={draft} />
    </Section>
  )
}

function publicationOf(payload: unknown): { readonly base: string; readonly draft: string } | null {
  if (typeof payload !== 'object' || payload === null || !('base' in payload) || !('draft' in payload)) return null
  const { base, draft } = payload
  return typeof base === 'string' && typeof draft === 'string' ? { base, draft } : null
}
