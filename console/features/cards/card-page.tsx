import { useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Page } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Tab, Tabs } from '../../components/tabs.tsx'
import { When } from '../../components/when.tsx'
import { usePending } from '../approvals/pending.ts'
import { WaitingRequests } from '../approvals/waiting-requests.tsx'
import { History } from '../ledger/history.tsx'
import { CardDraft } from './card-draft.tsx'
import { CardText } from './card-text.tsx'
import { CardVersions } from './card-versions.tsx'
import { ExportMenu } from './export-menu.tsx'
import { cardQuery } from './queries.ts'
import type { CardTab } from './routes.tsx'
import { place, STANDINGS } from './words.ts'

const PUBLISH_ACTION = 'models.card_publish'

/** The card of one model line: what it says with what lint says beside it, the draft, the versions. */
export function CardPage() {
  const { model } = useParams({ from: '/shell/cards/$model' })
  const search = useSearch({ from: '/shell/cards/$model' })
  const navigate = useNavigate({ from: '/cards/$model' })
  const { data } = useSuspenseQuery(cardQuery(model))
  const { title, current, standing, versions } = data
  const [state, words] = STANDINGS[standing.state]
  const tab: CardTab = search.tab ?? (current === null ? 'draft' : 'card')
  const tabs: readonly Tab<CardTab>[] = [
    { value: 'card', label: 'Card' },
    { value: 'draft', label: 'Draft' },
    { value: 'versions', label: 'Versions', count: versions.length },
  ]
  return (
    <Page
      title={`Card of ${title}`}
      summary={
        <>
          <StateMark state={state}>{words}</StateMark>
          {current !== null && (
            <>
              {' '}
              · version {current.number} of {current.checkpoint}, <When at={current.publishedAt ?? current.savedAt} />
            </>
          )}{' '}
          · no level is claimed
        </>
      }
      actions={current !== null && <ExportMenu model={model} version={String(current.number)} />}
    >
      <Stale model={model} />
      <Waiting model={model} />
      <Tabs label="Card" tabs={tabs} value={tab} onChange={(next) => navigate({ search: { ...search, tab: next } })}>
        {tab === 'card' && <CardText model={model} version="current" />}
        {tab === 'draft' && <CardDraft model={model} />}
        {tab === 'versions' && <CardVersions model={model} versions={versions} />}
      </Tabs>
      <History id={`${model}/${current?.number ?? 'draft'}`} />
    </Page>
  )
}

/** What no longer holds, since when, and what it means, before anything else. */
function Stale({ model }: { readonly model: string }) {
  const { data } = useSuspenseQuery(cardQuery(model))
  const { reasons } = data.standing
  if (reasons.length === 0) return null
  return (
    <div className="flex flex-col gap-2 rounded-md border border-watch bg-watch-soft p-3">
      <p>
        <StateMark state="watch">Some of this no longer holds</StateMark>. The public page says so, and the release gate
        is closed for it until a renewed card is published.
      </p>
      <ul className="flex flex-col gap-1">
        {reasons.slice(0, 8).map(({ path, words, since, code }) => (
          <li key={`${path} ${code}`}>
            <span className="font-medium">{place(path)}</span>: <bdi>{words}</bdi>
            {since !== null && (
              <span className="text-quiet">
                {' '}
                since <When at={since} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {reasons.length > 8 && <p className="text-quiet">and {reasons.length - 8} more</p>}
    </div>
  )
}

function Waiting({ model }: { readonly model: string }) {
  const pending = usePending(PUBLISH_ACTION, 'model', model)
  return <WaitingRequests approvals={pending} words={() => 'for the draft to be published'} />
}
