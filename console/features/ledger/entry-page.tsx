import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ApiProblem } from '../../app/api/client.ts'
import { objectsNamed } from '../../app/navigation.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { download } from '../../components/export.ts'
import { Icon } from '../../components/icons.tsx'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { Actor } from './actor.tsx'
import { checkProof } from './proof.ts'
import { entryQuery, proofQuery } from './queries.ts'

/** One entry: what was recorded, and the proof that it stands in the log. */
export function EntryPage() {
  const { position: text } = useParams({ from: '/shell/ledger/$position' })
  if (!/^\d{1,15}$/.test(text))
    throw new ApiProblem({ code: 'NOT_FOUND', status: 404, detail: 'no such entry', requestId: null })
  return <Entry position={Number(text)} />
}

function Entry({ position }: { readonly position: number }) {
  const { data: entry } = useSuspenseQuery(entryQuery(position))
  const { event } = entry
  return (
    <Page
      title={event?.kind ?? 'An erased entry'}
      summary={`ledger entry ${position.toLocaleString('en')} · ${exactly(entry.recordedAt)}`}
      actions={
        <>
          {position > 0 && (
            <AppLink href={`/ledger/${position - 1}`} className={buttonLook()}>
              Earlier
            </AppLink>
          )}
          <AppLink href={`/ledger/${position + 1}`} className={buttonLook()}>
            Later
          </AppLink>
        </>
      }
    >
      {event === null ? (
        <p>
          <StateMark state="unknown">erased</StateMark> What it said was deleted; that it stood here, and when, still is
          proven.
        </p>
      ) : (
        <>
          <Section title="Event">
            <Facts
              rows={[
                [
                  'About',
                  <>
                    <span className="text-quiet">{event.subject.type}</span> <Named id={event.subject.id} />
                  </>,
                ],
                ['By', <Actor key="by" actor={event.actor} />],
                ['Happened', exactly(event.time)],
                ...(event.policy === undefined ? [] : [['Policy', `version ${event.policy.version}`] as const]),
                ...Object.entries(event.digests).map(
                  ([name, digest]) => [`Digest: ${name}`, <Code key={name}>{digest}</Code>] as const,
                ),
              ]}
            />
          </Section>
          <Section title="Data">
            <pre className="rounded-md border border-line bg-sunken p-2 break-all whitespace-pre-wrap">
              {JSON.stringify(event.data, null, 2)}
            </pre>
          </Section>
        </>
      )}
      <Proof position={position} erased={event === null} />
    </Page>
  )
}

function Named({ id }: { readonly id: string }) {
  const href = objectsNamed(id)[0]?.href
  if (href === undefined || /^\d/.test(id)) return <Code>{id}</Code>
  return (
    <AppLink href={href} className={INLINE_LINK}>
      {id}
    </AppLink>
  )
}

function Proof({ position, erased }: { readonly position: number; readonly erased: boolean }) {
  const { may } = usePermissions()('ledger.read')
  const { data: proof, error } = useQuery({ ...proofQuery(position), enabled: may && !erased, retry: false })
  const { data: verdict } = useQuery({
    queryKey: ['ledger', 'verdict', position],
    queryFn: () => (proof === undefined ? null : checkProof(proof)),
    enabled: proof !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (erased || !may) return null
  if (error !== null)
    return (
      <Section title="Proof">
        <ProblemNote problem={error} />
      </Section>
    )
  return (
    <Section
      title="Proof"
      actions={
        proof !== undefined && (
          <Button
            small
            onClick={() =>
              download(`entry-${position}.proof.json`, 'application/json', `${JSON.stringify(proof, null, 2)}\n`)
            }
          >
            <Icon name="download" size={12} /> Proof
          </Button>
        )
      }
    >
      {verdict === undefined || verdict === null ? (
        <Skeleton className="w-72" />
      ) : (
        <Facts
          rows={[
            [
              'Checked here',
              verdict.holds ? (
                <StateMark
                  key="v"
                  state="holds"
                >{`the event leads to the root of ${count(verdict.size, 'entry', 'entries')}`}</StateMark>
              ) : (
                <StateMark key="v" state="fails">
                  the event does not lead to the root of the checkpoint
                </StateMark>
              ),
            ],
            ['Root', <Code key="root">{verdict.root}</Code>],
            ['Path', `${count(proof?.inclusion.length ?? 0, 'hash', 'hashes')} from the leaf up`],
            [
              'Signature',
              <>
                not checked by this page, which comes from the same server:{' '}
                <code key="cmd">npx safelevel ledger verify</code> does, with the key that you pinned
              </>,
            ],
          ]}
        />
      )}
    </Section>
  )
}
