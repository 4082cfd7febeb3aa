import { useQuery } from '@tanstack/react-query'
import { ApiProblem } from '../../app/api/client.ts'
import type { CardCheck, CardEvidence, CardVersionWithCheck } from '../../app/api/schema.ts'
import { EmptyState, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { EvidenceList } from './evidence.tsx'
import { cardVersionQuery } from './queries.ts'
import { OUTCOMES } from './words.ts'

type Card = CardVersionWithCheck['card']

/** What a card says, claim by claim: what it rests on, and what lint says of it now. */
export function CardText({ model, version }: { readonly model: string; readonly version: string }) {
  const { data, error } = useQuery(cardVersionQuery(model, version))
  if (error instanceof ApiProblem && error.code === 'NOT_FOUND')
    return (
      <EmptyState title="No card is published">
        Begin a draft: it is filled in with what is on record. Two people then publish it.
      </EmptyState>
    )
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-64" />
  const { card, check } = data
  const [state, words] = OUTCOMES[check.outcome]
  return (
    <div className="flex flex-col gap-6">
      <p>
        <StateMark state={state}>Lint now: {words}</StateMark>
        <span className="text-quiet"> · {check.digest}</span>
      </p>
      {card.summary != null && <p className="max-w-prose whitespace-pre-line">{card.summary}</p>}
      {sectionsOf(card).map(({ title, claims }) => (
        <Section key={title} title={title}>
          <ul className="divide-y divide-line border-y border-line">
            {claims.map((claim) => (
              <ClaimRow key={claim.path} claim={claim} findings={check.findings} />
            ))}
          </ul>
        </Section>
      ))}
      <Loose check={check} shown={new Set(sectionsOf(card).flatMap(({ claims }) => claims.map(({ path }) => path)))} />
    </div>
  )
}

interface Shown {
  readonly path: string
  readonly words: string
  readonly evidence: readonly CardEvidence[]
}

function ClaimRow({ claim, findings }: { readonly claim: Shown; readonly findings: CardCheck['findings'] }) {
  const own = findings.filter(({ path }) => path === claim.path || path.startsWith(`${claim.path}/`))
  return (
    <li className="grid gap-x-6 gap-y-1 py-2 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="min-w-0">
        <p>
          <bdi>{claim.words}</bdi>
        </p>
        {own.map(({ code, path, severity, words }) => (
          <p key={`${code} ${path}`}>
            <StateMark state={severity === 'error' ? 'fails' : 'watch'}>{code.replaceAll('_', ' ')}</StateMark>{' '}
            <bdi className="text-quiet">{words}</bdi>
          </p>
        ))}
      </div>
      <EvidenceList evidence={claim.evidence} sound={own.every(({ severity }) => severity !== 'error')} />
    </li>
  )
}

/** What is said of the card and of no claim of it. */
function Loose({ check, shown }: { readonly check: CardCheck; readonly shown: ReadonlySet<string> }) {
  const loose = check.findings.filter(
    ({ path }) => ![...shown].some((one) => path === one || path.startsWith(`${one}/`)),
  )
  if (loose.length === 0) return null
  return (
    <Section title="Besides">
      <ul className="divide-y divide-line border-y border-line">
        {loose.map(({ code, path, severity, words }) => (
          <li key={`${code} ${path} ${words}`} className="grid gap-x-6 py-1.5 sm:grid-cols-[8rem_12rem_minmax(0,1fr)]">
            <StateMark state={severity === 'error' ? 'fails' : 'watch'}>{severity}</StateMark>
            <span className="text-quiet">{path}</span>
            <bdi>{words}</bdi>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function sectionsOf(card: Card): readonly { readonly title: string; readonly claims: readonly Shown[] }[] {
  const { capabilities = [], evaluations = [], risks, safeguards, compute, deployment, limitations = [] } = card
  const all = [
    {
      title: 'Evaluations',
      claims: evaluations.map((one, i) => ({
        path: `/evaluations/${i}`,
        words: `${one.name}: ${one.metric} ${share(one.value, one.unit)}${interval(one.interval)}, n ${one.n}`,
        evidence: one.evidence ?? [],
      })),
    },
    {
      title: 'Capability thresholds',
      claims: (risks?.thresholds ?? []).map((one, i) => ({
        path: `/risks/thresholds/${i}`,
        words: `${one.threshold}: ${one.verdict}`,
        evidence: one.evidence ?? [],
      })),
    },
    {
      title: 'Capabilities',
      claims: capabilities.map((one, i) => ({
        path: `/capabilities/${i}`,
        words: one.words,
        evidence: one.evidence ?? [],
      })),
    },
    {
      title: 'Limitations',
      claims: limitations.map((words, i) => ({ path: `/limitations/${i}`, words, evidence: [] })),
    },
    {
      title: 'Compute',
      claims:
        compute?.flops == null
          ? []
          : [
              {
                path: '/compute/flops',
                words: `${compute.flops.value.toExponential(2)} FLOP`,
                evidence: compute.flops.evidence ?? [],
              },
            ],
    },
    {
      title: 'Safeguards',
      claims: [
        ...(safeguards?.policy == null
          ? []
          : [
              {
                path: '/safeguards/policy',
                words: `Acceptable use policy, version ${safeguards.policy.version}`,
                evidence: safeguards.policy.evidence ?? [],
              },
            ]),
        ...(['classifiers', 'refusal', 'other'] as const).flatMap((part) =>
          (safeguards?.[part] ?? []).map((one, i) => ({
            path: `/safeguards/${part}/${i}`,
            words: one.words,
            evidence: one.evidence ?? [],
          })),
        ),
      ],
    },
    {
      title: 'Deployments',
      claims: (deployment?.places ?? []).map((one, i) => ({
        path: `/deployment/places/${i}`,
        words: `${one.deployment}: ${one.surfaces.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
        evidence: one.evidence ?? [],
      })),
    },
  ]
  return all.filter(({ claims }) => claims.length > 0)
}

function share(value: number, unit = 'share'): string {
  return unit === 'share' ? `${Number((value * 100).toPrecision(4))} %` : `${value} ${unit}`
}

function interval(of: { readonly lower: number; readonly upper: number } | null | undefined): string {
  return of == null ? '' : ` (${share(of.lower)} to ${share(of.upper)})`
}
