import { useQuery } from '@tanstack/react-query'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Section } from '../../components/page.tsx'
import { CardText } from './card-text.tsx'
import { CardChanges } from './card-versions.tsx'
import { cardQuery } from './queries.ts'

/** For who is asked to agree to a publication: what the card says, what it rests on, and what changes. */
export function CardReview({ payload }: { readonly payload: unknown }) {
  const model = modelOf(payload)
  return model === null ? null : <Review model={model} />
}

function Review({ model }: { readonly model: string }) {
  const { data } = useQuery(cardQuery(model))
  const current = data?.current ?? null
  return (
    <>
      {current !== null && (
        <Section title="What it changes" note={`against version ${current.number}`}>
          <CardChanges model={model} from={String(current.number)} to="draft" />
        </Section>
      )}
      <Section
        title="What it says"
        actions={
          <AppLink href={`/cards/${encodeURIComponent(model)}?tab=draft`} className={INLINE_LINK}>
            The draft
          </AppLink>
        }
      >
        <CardText model={model} version="draft" />
      </Section>
    </>
  )
}

function modelOf(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('model' in payload)) return null
  return typeof payload.model === 'string' ? payload.model : null
}
