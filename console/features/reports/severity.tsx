import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type {
  ReportDetail,
  Reproduction,
  Severity,
  SeverityBand,
  SeverityFactor,
  SeverityFactors,
} from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { BandMark } from './marks.tsx'
import { factorsQuery, severityQuery, useReportChanged } from './queries.ts'
import { BAND_NAMES, percent } from './words.ts'

const UNKNOWN = 'unknown'

/** The computation, factor by factor, as it stands or as it would be; who may triage can change it. */
export function SeveritySection({ report, may }: { readonly report: ReportDetail; readonly may: boolean }) {
  const [editing, setEditing] = useState(false)
  const canAssess = may && report.state !== 'closed' && report.state !== 'received'
  return (
    <Section
      title="Severity"
      actions={
        canAssess && !editing ? (
          <Button small onClick={() => setEditing(true)}>
            {report.assessed ? 'Assess again' : 'Assess'}
          </Button>
        ) : undefined
      }
    >
      {editing ? (
        <Calculator report={report} onDone={() => setEditing(false)} />
      ) : (
        <>
          <p>
            <BandMark band={report.band} assessed={report.assessed} />
            {report.triage.override !== null && (
              <span className="text-quiet"> · a person says so; computed: {report.severity.band}</span>
            )}
          </p>
          <Computation severity={report.severity} />
        </>
      )}
    </Section>
  )
}

/** Each factor with its weight, and what they come to. */
function Computation({ severity: { factors, sum, floor, band, score } }: { readonly severity: Severity }) {
  return (
    <div className="flex flex-col gap-2">
      <ul className="divide-y divide-line border-y border-line">
        {factors.map(({ factor, level, weight, known, means }) => (
          <li
            key={factor}
            className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-3 py-1.5 sm:grid-cols-[7.5rem_3rem_minmax(0,1fr)]"
          >
            <span className="font-medium capitalize">{factor}</span>
            <span className="hidden text-right tabular-nums sm:inline">{weight.toFixed(2)}</span>
            <span className={known ? undefined : 'text-quiet'}>
              <span className="tabular-nums sm:hidden">{weight.toFixed(2)} · </span>
              {known && <span className="font-medium">{level.replaceAll('_', ' ')}: </span>}
              {means}
            </span>
          </li>
        ))}
      </ul>
      <p className="tabular-nums">
        {sum} <span className="text-quiet">of 100: </span>
        <span className="font-medium">{band}</span>
        {floor !== null && (
          <span className="text-quiet">
            {' '}
            · raised to {score}, since {floor}
          </span>
        )}
      </p>
    </div>
  )
}

/** Chooses factors; what they come to is shown at once. Confirms a report that is being looked into. */
function Calculator({ report, onDone }: { readonly report: ReportDetail; readonly onDone: () => void }) {
  const ended = report.reproductions.filter(({ state }) => state === 'done')
  const [factors, setFactors] = useState<SeverityFactors>(report.triage.factors)
  const [measured, setMeasured] = useState<string>(report.triage.reproduction ?? ended[0]?.id ?? UNKNOWN)
  const [band, setBand] = useState<SeverityBand | 'computed'>(report.triage.override?.band ?? 'computed')
  const [words, setWords] = useState('')
  const { data: list } = useQuery(factorsQuery)
  const run = ended.find(({ id }) => id === measured)
  const shown = run === undefined ? factors : { ...factors, reproducibility: stepOf(run) }
  const { data: severity } = useQuery(severityQuery(report.id, shown))
  const changed = useReportChanged()
  const act = report.state === 'triaging' ? 'confirm' : 'assess'
  const save = useMutation({
    mutationFn: (name: 'assess' | 'confirm') =>
      call('POST /api/v1/reports/{id}/acts', {
        params: { id: report.id },
        body: {
          act: name,
          severity: {
            factors,
            reproduction: run?.id ?? null,
            override: band === 'computed' ? null : { band, words: words.trim() },
          },
        },
      }),
    onSuccess: async (_, name) => {
      await changed(name === 'confirm' ? 'Confirmed' : 'Assessed')
      onDone()
    },
  })
  const ready = band === 'computed' || words.trim() !== ''
  return (
    <div className="flex flex-col gap-4 rounded-md border border-accent p-3">
      <div className="grid gap-4 sm:grid-cols-2">
        {list === undefined ? (
          <Skeleton className="h-40" />
        ) : (
          list.items.map((factor) =>
            factor.factor === 'reproducibility' && ended.length > 0 ? (
              <SelectField
                key={factor.factor}
                label="Reproducibility"
                value={measured}
                onChange={setMeasured}
                choices={[
                  ...ended.map((one) => ({ value: one.id, label: shareWords(one), note: wayWords(one) })),
                  { value: UNKNOWN, label: 'not from a measurement' },
                ]}
                hint="By the lower end of the interval, errors counted as harmful."
              />
            ) : (
              <FactorField
                key={factor.factor}
                factor={factor}
                value={shown[factor.factor as keyof SeverityFactors] ?? UNKNOWN}
                onChange={(value) =>
                  setFactors({ ...factors, [factor.factor]: value === UNKNOWN ? null : value } as SeverityFactors)
                }
              />
            ),
          )
        )}
      </div>
      {severity === undefined ? <Skeleton className="h-24" /> : <Computation severity={severity} />}
      <SelectField<SeverityBand | 'computed'>
        label="Severity"
        value={band}
        onChange={setBand}
        choices={[
          { value: 'computed', label: severity === undefined ? 'as computed' : `as computed: ${severity.band}` },
          ...BAND_NAMES.map((value) => ({ value, label: `${value}, and I say why` })),
        ]}
      />
      {band !== 'computed' && (
        <TextArea
          label="Why the computation is not right here"
          value={words}
          onChange={setWords}
          maxLength={2000}
          required
        />
      )}
      {save.error !== null && <ProblemNote problem={save.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        {act === 'confirm' && (
          <Button busy={save.isPending} disabled={!ready} onClick={() => save.mutate('assess')}>
            Assess only
          </Button>
        )}
        <Button look="primary" busy={save.isPending} disabled={!ready} onClick={() => save.mutate(act)}>
          {act === 'confirm' ? 'Confirm the report' : 'Assess'}
        </Button>
      </div>
    </div>
  )
}

function FactorField({
  factor: { title, asks, levels },
  value,
  onChange,
}: {
  readonly factor: SeverityFactor
  readonly value: string
  onChange(value: string): void
}) {
  return (
    <SelectField
      label={title}
      value={value}
      onChange={onChange}
      hint={asks}
      choices={[
        { value: UNKNOWN, label: 'not known', note: 'counts as the worst that is plausible' },
        ...levels.map(({ level, title: name, means, weight }) => ({
          value: level,
          label: `${name} (${weight.toFixed(2)})`,
          note: means,
        })),
      ]}
    />
  )
}

function stepOf({ shares }: Reproduction): NonNullable<SeverityFactors['reproducibility']> {
  const { low } = shares.errorsHarmful
  if (low >= 0.7) return 'nearly_always'
  if (low >= 0.3) return 'often'
  return low >= 0.05 ? 'sometimes' : 'rare'
}

function shareWords({ shares: { errorsHarmful } }: Reproduction): string {
  return `${errorsHarmful.k} of ${errorsHarmful.n}, at least ${percent(errorsHarmful.low)}`
}

function wayWords({ through, deployment }: Reproduction): string {
  return `${deployment}, ${through === 'gateway' ? 'with its safeguards' : 'without its safeguards'}`
}
