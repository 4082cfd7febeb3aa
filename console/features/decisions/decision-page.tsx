import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { DecisionView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { checkProof } from '../ledger/proof.ts'
import { proofQuery } from '../ledger/queries.ts'
import { CasesOf } from './cases-of.tsx'
import { ObjectLink, OutcomeMark } from './marks.tsx'
import { decisionQuery } from './queries.ts'
import { WhatWasSaid } from './reveal.tsx'
import { SideScores } from './scores.tsx'
import { type DecisionsSearch, decisionsHref } from './search.ts'
import { Statement } from './statement.tsx'
import { labelMeaning, labelName, OUTCOMES, UNREVISED } from './words.ts'

/** One decision: what was decided, by which clause, on which grounds, and what came of it. */
export function DecisionPage() {
  const { id } = useParams({ from: '/shell/decisions/$id' })
  const { data: decision } = useSuspenseQuery(decisionQuery(id))
  return (
    <Page
      title={titleOf(decision)}
      summary={
        <>
          <OutcomeMark decision={decision} /> <span className="mx-1">·</span> {exactly(decision.at)}
        </>
      }
      actions={
        <AppLink href={decisionsHref(likeIt(decision))} className={buttonLook()}>
          Like this one
        </AppLink>
      }
    >
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,24rem)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Rule decision={decision} />
          <Section title="What was judged">
            <div className="grid gap-3 xl:grid-cols-2">
              <SideScores name="Prompt" side={decision.prompt} />
              <SideScores name="Completion" side={decision.completion} />
            </div>
          </Section>
          <WhatWasSaid decision={decision} />
          <CasesOf id={decision.id} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="Request">
            <Facts rows={requestFacts(decision)} />
          </Section>
          <Section title="Account">
            <Facts rows={accountFacts(decision)} />
          </Section>
          <Statement decision={decision} />
          <OnLedger decision={decision} />
        </div>
      </div>
      <History id={decision.id} />
    </Page>
  )
}

function titleOf({ outcome, label }: DecisionView): string {
  const word = OUTCOMES[outcome][1]
  const named = label === null ? '' : `: ${labelName(label)}`
  return word.charAt(0).toUpperCase() + word.slice(1) + named
}

function likeIt({ outcome, label }: DecisionView): DecisionsSearch {
  return { outcome, ...(label === null ? {} : { label }) }
}

function Rule({ decision }: { readonly decision: DecisionView }) {
  const { clause, rule, label, policyVersion, severity } = decision
  if (clause === null)
    return (
      <Section title="Clause">
        <p className="text-quiet">
          No clause of the policy{policyVersion !== null && ` (${policyVersion})`} was touched.
        </p>
      </Section>
    )
  const meaning = label === null ? null : labelMeaning(label)
  return (
    <Section
      title={`Clause ${clause}${rule === null ? '' : ` · ${rule.title}`}`}
      note={policyVersion !== null && `policy ${policyVersion}`}
    >
      <blockquote className="border-l-2 border-edge pl-3">
        {rule === null ? (
          <p className="text-quiet">The text of that version of the policy is not kept here.</p>
        ) : (
          <p className="max-w-prose">{rule.wording}</p>
        )}
      </blockquote>
      <p className="text-quiet">
        {label !== null && (
          <>
            label{' '}
            <AppLink inline href={decisionsHref({ label })}>
              {labelName(label)}
            </AppLink>
            {meaning !== null && `: ${meaning}`}
          </>
        )}
        {severity !== null && ` · severity ${severity}`}
      </p>
    </Section>
  )
}

type Fact = readonly [name: string, value: ReactNode]

function requestFacts(decision: DecisionView): readonly Fact[] {
  const { model, surface, dialect, route, turns, durationMs, inputTokens, outputTokens, code, enforced } = decision
  const filtered = (search: DecisionsSearch, text: string) => (
    <AppLink inline href={decisionsHref(search)}>
      <bdi>{text}</bdi>
    </AppLink>
  )
  const tokens = `${inputTokens?.toLocaleString('en') ?? '–'} in, ${outputTokens?.toLocaleString('en') ?? '–'} out`
  return [
    ['Decision', <Code key="id">{decision.id}</Code>],
    ['Model', model === null ? none : filtered({ model }, model)],
    ['Surface', surface === null ? none : filtered({ surface }, surface)],
    ['Asked by way of', `${route}${dialect === null ? '' : ` (${dialect})`}`],
    ['Enforced', enforced ? 'yes' : <StateMark state="watch">no: what is refused is let through</StateMark>],
    ['Turns', turns ?? none],
    ['Took', durationMs === null ? none : `${Math.round(durationMs).toLocaleString('en')} ms`],
    ['Tokens', inputTokens === null && outputTokens === null ? none : tokens],
    ...revisionFacts(decision),
    ...(code === null ? [] : [['Ended in', <Code key="code">{code}</Code>] as const]),
  ]
}

function revisionFacts({ revised, unrevised }: DecisionView): readonly Fact[] {
  if (unrevised !== null) return [['Not revised', UNREVISED[unrevised] ?? unrevised]]
  if (revised === null) return []
  const { clause, model, rounds, ms } = revised
  return [
    [
      'Revised',
      `under clause ${clause}, by ${model}, ${count(rounds, 'round')}, ${Math.round(ms).toLocaleString('en')} ms`,
    ],
  ]
}

function accountFacts({ organisation, project, key, endUser }: DecisionView): readonly Fact[] {
  const rows: readonly (readonly [string, string | null, DecisionsSearch])[] = [
    ['Organisation', organisation, { organisation: organisation ?? undefined }],
    ['Project', project, { project: project ?? undefined }],
    ['Key', key, { key: key ?? undefined }],
    ['End user', endUser, { endUser: endUser ?? undefined }],
  ]
  return rows.map(([name, id, search]) => [
    name,
    <span key={name} className="flex flex-wrap items-baseline justify-between gap-x-3">
      <ObjectLink id={id} />
      {id !== null && (
        <AppLink inline href={decisionsHref(search)} aria-label={`Decisions of this ${name.toLowerCase()}`}>
          decisions
        </AppLink>
      )}
    </span>,
  ])
}

const none = <span className="text-quiet">none</span>

function OnLedger({ decision: { position } }: { readonly decision: DecisionView }) {
  const { may } = usePermissions()('ledger.read')
  const { data: proof, error } = useQuery({ ...proofQuery(position), enabled: may, retry: false })
  const { data: verdict } = useQuery({
    queryKey: ['ledger', 'verdict', position],
    queryFn: () => (proof === undefined ? null : checkProof(proof)),
    enabled: proof !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const entry = position.toLocaleString('en')
  return (
    <Section title="On the ledger">
      <Facts
        rows={[
          [
            'Entry',
            may ? (
              <AppLink key="e" inline href={`/ledger/${position}`}>
                {entry}
              </AppLink>
            ) : (
              entry
            ),
          ],
          [
            'Proof',
            !may ? (
              <span key="p" className="text-quiet">
                shown to who may read the ledger
              </span>
            ) : error !== null ? (
              <StateMark key="p" state="unknown">
                could not be had
              </StateMark>
            ) : verdict === undefined || verdict === null ? (
              <Skeleton key="p" className="w-40" />
            ) : verdict.holds ? (
              <StateMark key="p" state="holds">
                leads to the root of {count(verdict.size, 'entry', 'entries')}
              </StateMark>
            ) : (
              <StateMark key="p" state="fails">
                does not lead to the root of the checkpoint
              </StateMark>
            ),
          ],
        ]}
      />
    </Section>
  )
}
