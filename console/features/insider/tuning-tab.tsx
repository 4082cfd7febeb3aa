import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import type { InsiderReplay, NewInsiderReplay } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { OffChoice } from './off-choice.tsx'
import { replayQuery, settingsQuery } from './queries.ts'
import { ReplayOutcome } from './replay-outcome.tsx'
import { nats } from './words.ts'

const DAYS = ['7', '30', '90'] as const
type Days = (typeof DAYS)[number]

interface Asked {
  readonly days: number
  readonly threshold: number
  readonly off: readonly string[]
  readonly budget: number
}

/** What would have been raised with another threshold, or without some rules: looked at twice, as it is and changed, and nothing is changed by it. */
export function TuningTab() {
  const { data: settings, error } = useQuery(settingsQuery)
  const [days, setDays] = useState<Days>('30')
  const [threshold, setThreshold] = useState<string | null>(null)
  const [budget, setBudget] = useState<string | null>(null)
  const [off, setOff] = useState<readonly string[]>([])
  const [asked, setAsked] = useState<Asked | null>(null)
  const inForce = settings?.threshold ?? 0
  const wanted = threshold === null ? inForce : Number(threshold)
  const perDay = budget === null ? (settings?.casesPerDay ?? 0) : Number(budget)
  const ready = wanted >= 1 && wanted <= 1_000 && perDay >= 1
  const start = (event: FormEvent) => {
    event.preventDefault()
    if (ready) setAsked({ days: Number(days), threshold: wanted, off, budget: perDay })
  }
  return (
    <div className="flex flex-col gap-6">
      {error !== null && <ProblemNote problem={error} />}
      <Section title="Try it on what was" note="nothing is changed by it">
        <form onSubmit={start} className="flex flex-col gap-4 rounded-md border border-line p-4">
          <div className="grid gap-4 sm:grid-cols-3">
            <TextField
              label="Threshold, in nats"
              type="number"
              min={1}
              max={1_000}
              value={threshold ?? (settings === undefined ? '' : String(inForce))}
              onChange={setThreshold}
              hint={settings === undefined ? 'Risk from which an alert is raised.' : `${nats(inForce)} is in force.`}
            />
            <TextField
              label="Cases a day that you can look at"
              type="number"
              min={1}
              value={budget ?? (settings === undefined ? '' : String(settings.casesPerDay))}
              onChange={setBudget}
              hint={
                settings === undefined
                  ? 'Of all who work on them together.'
                  : `${settings.casesPerDay} are in force: ${settings.alertsPerAnalyst} for each of ${settings.analysts}.`
              }
            />
            <SelectField<Days>
              label="Over the last"
              value={days}
              onChange={setDays}
              choices={DAYS.map((value) => ({ value, label: `${value} days` }))}
              hint="The 30 days before teach it what is usual."
            />
          </div>
          <OffChoice off={off} onChange={setOff} />
          <Button type="submit" look="primary" disabled={!ready} className="self-start">
            Replay
          </Button>
        </form>
      </Section>
      {asked !== null && <Outcome key={JSON.stringify(asked)} asked={asked} inForce={inForce} />}
    </div>
  )
}

/** One replay runs at a time: first what is in force, then the change. */
function Outcome({ asked, inForce }: { readonly asked: Asked; readonly inForce: number }) {
  const before = useQuery(replayQuery({ days: asked.days }))
  const isSame = asked.threshold === inForce && asked.off.length === 0
  const changed: NewInsiderReplay = { days: asked.days, threshold: asked.threshold, off: [...asked.off] }
  const after = useQuery({ ...replayQuery(changed), enabled: before.data !== undefined && !isSame })
  const then: InsiderReplay | undefined = isSame ? before.data : after.data
  const problem = before.error ?? after.error
  if (problem !== null)
    return (
      <div className="flex flex-col items-start gap-2">
        <ProblemNote problem={problem} className="self-stretch" />
        <Button onClick={() => (before.error !== null ? before.refetch() : after.refetch())}>Try it again</Button>
      </div>
    )
  if (before.data === undefined || then === undefined)
    return <Running step={before.data === undefined ? 1 : 2} of={isSame ? 1 : 2} />
  return <ReplayOutcome before={before.data} after={then} budget={asked.budget} />
}

const TICK_MS = 250

function Running({ step, of }: { readonly step: number; readonly of: number }) {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const begun = performance.now()
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - begun) / 1_000)), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <div role="status" className="flex flex-col gap-2 rounded-md border border-line px-4 py-3">
      <span>
        {step === 1 ? 'Looking at what was, as it is set now' : 'Looking at it again, with the change'}
        {of > 1 && ` (${step} of ${of})`}…
      </span>
      <span className="text-quiet" aria-hidden="true">
        {seconds} s · up to some thousand activities a second, on a thread of its own
      </span>
    </div>
  )
}
