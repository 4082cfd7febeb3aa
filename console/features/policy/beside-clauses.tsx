import type { PolicyOverlayView, PolicyView } from '../../app/api/schema.ts'
import { EmptyState, Facts, Section } from '../../components/page.tsx'

const FIELDS: Record<PolicyOverlayView['changes'][number]['field'], string> = {
  threshold: 'acts from',
  action: 'action',
  refuseFrom: 'refuses from',
  whenUnavailable: 'when nobody can judge',
  media: 'images and files',
}

/** What a policy says beside its clauses: where it is applied otherwise, media, attacks, what is kept. */
export function BesideClauses({ policy }: { readonly policy: PolicyView }) {
  const { overlays, media, hazardThresholdFactor, retention, preamble } = policy
  const held = (action: 'allow' | 'refuse') => (action === 'allow' ? 'let through' : 'refused')
  return (
    <>
      <Section title="Overlays" note="where clauses are applied otherwise">
        {overlays.length === 0 ? (
          <EmptyState title="The same everywhere">
            An overlay changes thresholds and actions for named surfaces, or for customers of a tier. This version has
            none.
          </EmptyState>
        ) : (
          <div className="grid gap-4 lg:grid-cols-2">
            {overlays.map((overlay) => (
              <Overlay key={overlay.id} overlay={overlay} />
            ))}
          </div>
        )}
      </Section>
      <Section title="Throughout">
        <Facts
          rows={[
            [
              'Images and files',
              `in prompts ${held(media.prompt)}, in answers ${held(media.completion)}, under clause ${media.clause}`,
            ],
            ['Attacks', `where one is found, hazards are refused from ${hazardThresholdFactor} × their threshold`],
            ['What is kept', retention ?? 'this version does not say'],
            [
              'Preamble',
              <span key="preamble" className="block max-w-prose whitespace-pre-line">
                {preamble}
              </span>,
            ],
          ]}
        />
      </Section>
    </>
  )
}

function Overlay({ overlay }: { readonly overlay: PolicyOverlayView }) {
  const { title, wording, surfaces, tiers, changes } = overlay
  const where = [
    ...(surfaces.length === 0 ? [] : [`surface ${surfaces.join(', ')}`]),
    ...(tiers.length === 0 ? [] : [`tier ${tiers.join(', ')}`]),
  ]
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line p-3">
      <p>
        <span className="font-medium">{title}</span> <span className="text-quiet">{where.join(' · ')}</span>
      </p>
      <p className="text-quiet">{wording}</p>
      <ul className="divide-y divide-line border-t border-line">
        {changes.map(({ clause, side, field, value }) => (
          <li key={`${clause} ${side} ${field}`} className="flex gap-3 py-1">
            <span className="w-10 tabular-nums text-quiet">{clause}</span>
            <span className="grow">
              {side === 'prompt' ? 'prompt' : 'answer'}: {FIELDS[field]}
            </span>
            <span className="tabular-nums">{value.replaceAll('_', ' ')}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
