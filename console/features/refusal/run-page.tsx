import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { KeptRedTeamRun, RedTeamSide } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { exactly } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { AttackMatrix } from './attack-matrix.tsx'
import { FileFind } from './file-find.tsx'
import { FixtureBand, RateBar, RateWords } from './marks.tsx'
import { familiesIn } from './matrix.ts'
import { runQuery } from './queries.ts'
import { ResultFoot } from './result-foot.tsx'
import { RowsBrowser } from './rows-browser.tsx'
import { categoryName, ENDS, familyName, LAYERS, plain } from './words.ts'

/** One run of the red team: what was had, bare and behind safeguards, by which attacks, and who stopped the rest. */
export function RunPage() {
  const { id } = useParams({ from: '/shell/refusal/red-team/$id' })
  const search = useSearch({ from: '/shell/refusal/red-team/$id' })
  const { data: run, error } = useQuery(runQuery(id))
  if (run === undefined)
    return (
      <Page title="Red-team run">
        {error === null ? <Skeleton className="w-64" /> : <ProblemNote problem={error} />}
      </Page>
    )
  const { head } = run
  return (
    <Page
      title={`Red team against ${head.target.name}`}
      summary={`${count(head.bare.tries, 'try', 'tries')} at ${count(head.behaviours, 'behaviour')} · ended ${exactly(head.ended).slice(0, 16)}: ${ENDS[head.end] ?? plain(head.end)}`}
    >
      {run.fixture && <FixtureBand />}
      <Sides run={run} />
      <Matrix run={run} />
      <Categories run={run} />
      <RowsBrowser
        result={run}
        search={search}
        title="Finds"
        part="Attack"
        below={(row) => <FileFind run={id} row={row} />}
      />
      <About run={run} />
      <ResultFoot result={run} />
      <History id={id} />
    </Page>
  )
}

function Sides({ run: { head } }: { readonly run: KeptRedTeamRun }) {
  const sides = [
    ['Bare model', head.bare, 'watch'],
    ...(head.guarded === null ? [] : ([['Through its safeguards', head.guarded, 'fails']] as const)),
  ] as const
  return (
    <Section title="What was had" note="shares with 95 % intervals; what nobody could tell counts both ways">
      <div className="grid gap-6 md:grid-cols-2">
        {sides.map(([name, side, look]) => (
          <Side key={name} name={name} side={side} look={look} />
        ))}
      </div>
      {head.guarded === null && <p className="text-quiet">Only the bare model was attacked.</p>}
    </Section>
  )
}

interface SideProps {
  readonly name: string
  readonly side: RedTeamSide
  readonly look: 'watch' | 'fails'
}

function Side({ name, side, look }: SideProps) {
  const { broken, sweep, layers, firstSuccess, medianToSuccess, cost, tries } = side
  const stopped = Object.entries(layers)
    .map(([layer, times = 0]) => [layer, times] as const)
    .toSorted(([, a], [, b]) => b - a)
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <h3>{name}</h3>
      {(
        [
          ['behaviours had at least once', broken],
          ['tries of the sweep that had it', sweep],
        ] as const
      ).map(([words, share]) => (
        <div key={words} className="grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-3">
          <RateWords {...share} />
          <span>
            <RateBar {...share} look={look} />
            <span className="text-xs text-quiet">
              {words}: {share.count} of {share.of}
              {share.unknown > 0 && `, ${share.unknown} unknown`}
            </span>
          </span>
        </div>
      ))}
      <Facts
        rows={[
          [
            'Who stopped it',
            stopped.length === 0 ? (
              <span className="text-quiet">nobody</span>
            ) : (
              <ul>
                {stopped.map(([layer, times]) => (
                  <li key={layer}>
                    <span className="tabular-nums">{times.toLocaleString('en')}</span> {LAYERS[layer] ?? plain(layer)}
                  </li>
                ))}
              </ul>
            ),
          ],
          [
            'First success',
            firstSuccess === null
              ? 'none'
              : `after ${count(firstSuccess, 'try', 'tries')}${medianToSuccess === null ? '' : `; a behaviour took ${medianToSuccess} in the middle`}`,
          ],
          [
            'Cost',
            `${count(cost.requests, 'request')} for ${count(tries, 'try', 'tries')}${cost.requestsPerSuccess === null ? '' : `; ${cost.requestsPerSuccess.toFixed(1)} for a success`}${cost.money === null ? '' : `; $${cost.money.toFixed(2)}`}`,
          ],
        ]}
      />
    </div>
  )
}

function Matrix({ run: { head } }: { readonly run: KeptRedTeamRun }) {
  const { family } = useSearch({ from: '/shell/refusal/red-team/$id' })
  const navigate = useNavigate({ from: '/refusal/red-team/$id' })
  const families = familiesIn(head)
  return (
    <Section
      title="Attack matrix"
      note="all tries, those chosen because they had worked among them"
      actions={
        families.length > 1 && (
          <Filter<string>
            label="Family"
            value={family ?? ''}
            onChange={(next) =>
              void navigate({ search: (now) => ({ ...now, family: next === '' ? undefined : next }), replace: true })
            }
            choices={[{ value: '', label: 'all' }, ...families.map((value) => ({ value, label: familyName(value) }))]}
          />
        )
      }
    >
      {head.attacks.length === 0 ? (
        <p className="text-quiet">Nothing was tried.</p>
      ) : (
        <AttackMatrix report={head} family={family} key={family ?? ''} />
      )}
    </Section>
  )
}

function Categories({ run: { head } }: { readonly run: KeptRedTeamRun }) {
  return (
    <Section title="By category" note="tries of the sweep; interval by behaviours">
      <ul className="divide-y divide-line border-y border-line">
        {head.categories.map(({ category, behaviours, bare, guarded }) => (
          <li key={category} className="grid items-center gap-x-6 gap-y-1 py-2 sm:grid-cols-[14rem_1fr_1fr]">
            <span>
              {categoryName(category)}
              <span className="block text-xs text-quiet">{count(behaviours, 'behaviour')}</span>
            </span>
            {(
              [
                ['bare', bare, 'watch'],
                ['through safeguards', guarded, 'fails'],
              ] as const
            ).map(([name, share, look]) =>
              share === null ? null : (
                <span key={name} className="grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-3">
                  <RateWords {...share} />
                  <span>
                    <RateBar {...share} look={look} />
                    <span className="text-xs text-quiet">
                      {name}: {share.count} of {share.of}
                    </span>
                  </span>
                </span>
              ),
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function About({ run: { head } }: { readonly run: KeptRedTeamRun }) {
  const { target, safeguards, suites, grader, attacker, seed, budget } = head
  return (
    <Section title="How it was tried">
      <Facts
        rows={[
          ['Target', `${target.name} (${target.model}) at ${target.server}`],
          [
            'Safeguards',
            safeguards === null
              ? 'none were tried'
              : `${safeguards.kind === 'gateway' ? 'the gateway ' : ''}${safeguards.where}${safeguards.policy === null ? '' : `, policy ${safeguards.policy.version}`}${safeguards.mode === null ? '' : `, ${safeguards.mode}`}`,
          ],
          ['Suites', suites.map(({ name, used, behaviours }) => `${name}: ${used} of ${behaviours}`).join('; ')],
          ['Judged by', grader],
          ['Attacks by', attacker ?? 'transforms and search, no model'],
          [
            'Budget',
            `${count(budget.requests, 'request')}${budget.money === null ? '' : `, $${budget.money}`}; seed ${seed}`,
          ],
        ]}
      />
    </Section>
  )
}
