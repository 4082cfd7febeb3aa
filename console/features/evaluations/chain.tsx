import { Fragment, type ReactNode } from 'react'
import type { Suite, ThreatModel } from '../../app/api/schema.ts'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Icon } from '../../components/icons.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { ruleWords } from './words.ts'

/** Why a suite is run at all: threat model, capability, evaluation, threshold. */
export function Chain({
  name,
  suite,
  threats,
}: {
  readonly name: string
  readonly suite: Suite | undefined
  readonly threats: readonly ThreatModel[]
}) {
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line p-3">
      {threats.length === 0 ? (
        <>
          <StateMark state="fails">No threat model leads to {name}: nothing it finds counts as BELOW</StateMark>
          <CopyText label="command" text="safelevel eval threat FILE" />
        </>
      ) : (
        threats.map((threat) => (
          <ol key={threat.threat} className="grid items-start gap-2 md:grid-cols-[1fr_auto_1fr_auto_1fr_auto_1fr]">
            {[
              <Link key="threat" of="Threat model" title={threat.threat}>
                {threat.actor}
              </Link>,
              <Link key="capability" of="Capability" title={threat.domain}>
                {threat.capability}
                <span className="mt-1 block text-quiet">without it: {threat.baseline}</span>
              </Link>,
              <Link key="suite" of="Evaluation" title={name}>
                {suite === undefined ? 'is not known here' : ruleWords(suite)}
              </Link>,
              <Link key="threshold" of="Threshold" title={threat.threshold}>
                {suite !== undefined && suite.threshold !== threat.threshold
                  ? `the suite is for ${suite.threshold}`
                  : 'must not be met'}
              </Link>,
            ].map((link, i) => (
              <Fragment key={link.key}>
                {i > 0 && (
                  <li aria-hidden="true" className="hidden self-center text-quiet md:block">
                    <Icon name="chevronRight" />
                  </li>
                )}
                <li className="min-w-0">{link}</li>
              </Fragment>
            ))}
          </ol>
        ))
      )}
      {suite !== undefined && (
        <p className="border-t border-line pt-2 text-quiet">
          <StateMark state="holds">frozen</StateMark> {exactly(suite.frozenAt)} · {count(suite.tasks, 'task')}
          {suite.supersedes !== null && ` · instead of ${suite.supersedes}: “${suite.reason ?? ''}”`} · SHA-256{' '}
          <code className="break-all select-all">{suite.digest}</code>
        </p>
      )}
    </div>
  )
}

function Link({ of, title, children }: { readonly of: string; readonly title: string; readonly children: ReactNode }) {
  return (
    <>
      <span className="block text-xs font-medium text-quiet">{of}</span>
      <span className="block font-medium">{title}</span>
      <span className="block">{children}</span>
    </>
  )
}
