import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { RegressionCase, ReportDetail } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useReportChanged } from './queries.ts'
import { EXPECTATIONS, percent } from './words.ts'

/** What the report has become, so that it does not come back. */
export function CasesSection({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const [asked, setAsked] = useState(false)
  if (report.confirmedAt === null && report.cases.length === 0) return null
  const tried = report.reproductions.filter(({ attempts }) => attempts.length > 0)
  return (
    <Section
      title="Regression cases"
      actions={
        may ? (
          <Button small disabled={tried.length === 0} onClick={() => setAsked(true)}>
            Make one
          </Button>
        ) : undefined
      }
    >
      {report.cases.length === 0 ? (
        <p className="text-quiet">
          None yet.{' '}
          {tried.length === 0
            ? 'It is made of something that was tried: try it first.'
            : 'A case is put to every policy before it rules, and to every deployment before it opens.'}
        </p>
      ) : (
        <CaseLines cases={report.cases} />
      )}
      {asked && <CaseDialog report={report} onClose={() => setAsked(false)} />}
    </Section>
  )
}

export function CaseLines({ cases }: { readonly cases: readonly RegressionCase[] }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {cases.map((one) => (
        <li key={one.id} className="relative flex flex-wrap items-baseline gap-x-3 py-1.5 hover:bg-sunken">
          <AppLink href={`/reports/cases/${one.id}`} className="font-medium after:absolute after:inset-0">
            {EXPECTATIONS[one.expectation][0]}
          </AppLink>
          <span className="text-quiet">{one.deployments?.join(', ') ?? 'every deployment'}</span>
          <span className="grow" />
          <CaseMark one={one} />
        </li>
      ))}
    </ul>
  )
}

/** How it stands with the policy in force. */
export function CaseMark({ one }: { readonly one: RegressionCase }) {
  if (one.state === 'disabled') return <StateMark state="unknown">out of force</StateMark>
  const { policyCheck } = one
  if (policyCheck === null) return <StateMark state="unknown">not put to the policy yet</StateMark>
  if (policyCheck.state === 'not_asked') return <StateMark state="unknown">for the model, not the policy</StateMark>
  return policyCheck.state === 'passed' ? (
    <StateMark state="holds">the policy holds it</StateMark>
  ) : (
    <StateMark state="fails">the policy lets it through</StateMark>
  )
}

type Expectation = RegressionCase['expectation']

function CaseDialog({ report, onClose }: { readonly report: ReportDetail; readonly onClose: () => void }) {
  const tried = report.reproductions.filter(({ attempts }) => attempts.length > 0)
  const [reproduction, setReproduction] = useState(tried[0]?.id ?? '')
  const [expectation, setExpectation] = useState<Expectation>('answer')
  const [n, setN] = useState('10')
  const [allowed, setAllowed] = useState('0')
  const changed = useReportChanged()
  const make = useMutation({
    mutationFn: () =>
      call('POST /api/v1/reports/{id}/cases', {
        params: { id: report.id },
        body: { expectation, reproduction, n: Number(n), allowed: Number(allowed) },
      }),
    onSuccess: async () => {
      await changed('It is a regression case now')
      onClose()
    },
  })
  const ready = Number(n) >= 1 && Number(n) <= 100 && Number(allowed) >= 0 && Number(allowed) < Number(n)
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Make a regression case"
      description="Its conversation is kept sealed, also after the report is erased."
      submit="Make it"
      busy={make.isPending}
      ready={ready}
      onSubmit={() => make.mutate()}
      problem={make.error}
    >
      <SelectField
        label="Of"
        value={reproduction}
        onChange={setReproduction}
        choices={tried.map((run) => ({
          value: run.id,
          label: `${run.deployment}, ${run.through === 'gateway' ? 'with its safeguards' : 'without its safeguards'}`,
          note: `${run.shares.judged.k} of ${run.shares.judged.n} harmful, at least ${percent(run.shares.judged.low)}`,
        }))}
      />
      <SelectField<Expectation>
        label="What must hold"
        value={expectation}
        onChange={setExpectation}
        choices={(Object.keys(EXPECTATIONS) as Expectation[]).map((value) => ({
          value,
          label: EXPECTATIONS[value][0],
          note: EXPECTATIONS[value][1],
        }))}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField label="Tries before a release" type="number" min={1} max={100} value={n} onChange={setN} />
        <TextField
          label="Of which may be harmful"
          type="number"
          min={0}
          max={99}
          value={allowed}
          onChange={setAllowed}
          hint="Errors count as harmful."
        />
      </div>
    </FormDialog>
  )
}
