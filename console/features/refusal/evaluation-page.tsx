import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import type { KeptRefusalEvaluation, RefusalRate, RefusalSuiteFigures } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { exactly } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { FixtureBand, RateBar, RateWords } from './marks.tsx'
import { evaluationQuery, standingQuery } from './queries.ts'
import { ResultFoot } from './result-foot.tsx'
import { RowsBrowser } from './rows-browser.tsx'
import { categoryName, kindName, nameOf } from './words.ts'

/** One evaluation of refusals: suites with their intervals, by category, and the answers. */
export function EvaluationPage() {
  const { id } = useParams({ from: '/shell/refusal/evaluations/$id' })
  const search = useSearch({ from: '/shell/refusal/evaluations/$id' })
  const { data: evaluation, error } = useQuery(evaluationQuery(id))
  if (evaluation === undefined)
    return (
      <Page title="Evaluation of refusals">
        {error === null ? <Skeleton className="w-64" /> : <ProblemNote problem={error} />}
      </Page>
    )
  const { head, checkpoint, fixture } = evaluation
  return (
    <Page
      title={`Refusals of ${nameOf(evaluation)}`}
      summary={`${count(evaluation.rows, 'answer')} · ended ${exactly(head.endedAt).slice(0, 16)}${head.complete ? '' : ' · stopped before everything was asked'}`}
    >
      {fixture && <FixtureBand />}
      {checkpoint !== null && !fixture && <Gate id={id} checkpoint={checkpoint} />}
      <Section title="Suites" note="shares with 95 % intervals; what nobody could judge counts both ways">
        <div className="flex flex-col divide-y divide-line border-y border-line">
          <Sides name="All together" attack={head.attackSuccess} over={head.overRefusal} />
          {head.suites.map((suite) => (
            <Sides
              key={suite.suite}
              name={suite.suite}
              note={suite.frozenAt === null ? 'not frozen' : `frozen ${exactly(suite.frozenAt).slice(0, 10)}`}
              attack={suite.harmful?.rate ?? null}
              over={suite.harmless?.rate ?? null}
            />
          ))}
        </div>
      </Section>
      <Counts suites={head.suites} />
      <RowsBrowser result={evaluation} search={search} title="Answers" part="Suite" />
      <About evaluation={evaluation} />
      <ResultFoot result={evaluation} />
      <History id={id} />
    </Page>
  )
}

/** What the gate of deployments makes of it: only the last one of a checkpoint counts. */
function Gate({ id, checkpoint }: { readonly id: string; readonly checkpoint: string }) {
  const { data } = useQuery(standingQuery(checkpoint))
  if (data === undefined) return null
  return (
    <Section title="At the gate of deployments" note={checkpoint}>
      {data.evaluation === id ? (
        data.met ? (
          <StateMark state="holds">it shows that {checkpoint} refuses what it should, and no more</StateMark>
        ) : (
          <ul>
            {data.gaps.map(({ code, words }) => (
              <li key={code + words}>
                <StateMark state="fails">{words}</StateMark>
              </li>
            ))}
          </ul>
        )
      ) : (
        <StateMark state="unknown">
          a later one counts
          {data.evaluation !== null && (
            <>
              :{' '}
              <AppLink inline href={`/refusal/evaluations/${data.evaluation}`}>
                {data.evaluation}
              </AppLink>
            </>
          )}
        </StateMark>
      )}
    </Section>
  )
}

interface SidesProps {
  readonly name: string
  readonly note?: string
  readonly attack: RefusalRate | null
  readonly over: RefusalRate | null
}

function Sides({ name, note, attack, over }: SidesProps) {
  return (
    <div className="grid items-center gap-x-6 gap-y-2 py-2 sm:grid-cols-[12rem_1fr_1fr]">
      <span>
        <span className="font-medium">{name}</span>
        {note !== undefined && <span className="block text-xs text-quiet">{note}</span>}
      </span>
      <Rate name="attack success" rate={attack} look="fails" />
      <Rate name="over-refusal" rate={over} look="accent" />
    </div>
  )
}

interface RateProps {
  readonly name: string
  readonly rate: RefusalRate | null
  readonly look: 'fails' | 'accent'
}

function Rate({ name, rate, look }: RateProps) {
  if (rate === null) return <span className="text-quiet">{name}: not asked</span>
  const [low, high] = rate.interval ?? [0, 1]
  return (
    <span className="grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-3">
      <RateWords rate={rate.rate} low={low} high={high} />
      <span>
        <RateBar rate={rate.rate} low={low} high={high} look={look} />
        <span className="text-xs text-quiet">
          {name}: {rate.count.toLocaleString('en')} of {rate.of.toLocaleString('en')}
          {rate.unknown > 0 && `, ${rate.unknown.toLocaleString('en')} unknown`}
        </span>
      </span>
    </span>
  )
}

type Row = RefusalSuiteFigures['categories'][number] & { readonly suite: string }

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'category',
    header: 'Category',
    value: (r) => r.category,
    cell: (r) => (
      <>
        {categoryName(r.category)}
        <span className="block text-xs text-quiet">
          {kindName(r.kind)}, {r.suite}
        </span>
      </>
    ),
  },
  {
    id: 'rate',
    header: 'Rate',
    value: (r) => r.rate.rate,
    cell: (r) => {
      const [low, high] = r.rate.interval ?? [0, 1]
      return <RateWords rate={r.rate.rate} low={low} high={high} />
    },
  },
  number('answers', 'Answers'),
  number('complied', 'Complied'),
  number('refused', 'Refused'),
  number('partial', 'Partly'),
  number('unclear', 'Unclear'),
  number('unjudged', 'Not judged'),
  number('errors', 'Errors'),
]

function number(id: keyof Row & string, header: string): Column<Row> {
  return {
    id,
    header,
    numeric: true,
    wide: id !== 'complied' && id !== 'refused',
    value: (r) => Number(r[id]),
    cell: (r) => Number(r[id]).toLocaleString('en'),
  }
}

function Counts({ suites }: { readonly suites: readonly RefusalSuiteFigures[] }) {
  const rows = suites.flatMap(({ suite, categories }) => categories.map((one) => ({ ...one, suite })))
  if (rows.length === 0) return null
  return (
    <Section title="By category" note="attack success of what is harmful, over-refusal of what is not">
      <Table
        label="By category"
        rows={rows}
        columns={COLUMNS}
        rowKey={({ suite, kind, category }) => `${suite} ${kind} ${category}`}
        empty={null}
      />
    </Section>
  )
}

function About({ evaluation: { head, checkpoint } }: { readonly evaluation: KeptRefusalEvaluation }) {
  const { model, grader, draws, seed, asking, spent } = head
  return (
    <Section title="How it was asked">
      <Facts
        rows={[
          ['Model', `${model.name} (${model.upstreamModel}) at ${model.server}`],
          ['Checkpoint', checkpoint ?? 'none is named: it counts for no deployment'],
          [
            'Judged by',
            <span key="grader">
              {grader.kind === 'built-in'
                ? 'classifiers that are built in'
                : `${grader.model?.name ?? 'a model'}, by a rubric`}
              <Code className="block">{grader.id}</Code>
            </span>,
          ],
          [
            'Asked',
            `${count(draws, 'time')} each, at most ${count(asking.maxTokens, 'token')}${asking.temperature === null ? '' : `, temperature ${asking.temperature}`}, ${asking.system === null ? 'no system prompt' : 'with a system prompt'}; seed ${seed}`,
          ],
          [
            'Cost',
            `${count(spent.requests, 'request')}${spent.dollars === null ? '' : `, $${spent.dollars.toFixed(2)}`}`,
          ],
        ]}
      />
    </Section>
  )
}
