import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { exactly } from '../../components/when.tsx'
import { casePath } from '../incidents/words.ts'
import { PersonName } from '../people/person-name.tsx'
import { ALL_ROLES, roleName } from '../people/role-names.ts'

const NAMES: Record<string, string> = {
  personId: 'Person',
  role: 'Role',
  expiresAt: 'Until',
  deputyFor: 'In the stead of',
  draft: 'Draft',
  version: 'Version',
  changelog: 'Why',
  revision: 'Its text',
  digest: 'Digest',
  base: 'Replaces',
  effectiveAt: 'In force from',
  assessment: 'Assessment',
  reportDigest: 'Its report, SHA-256',
  proposer: 'Proposed by the',
  case: 'Of',
  step: 'Step',
  deployment: 'Deployment',
  days: 'Days',
  risk: 'Risk',
  quarter: 'Quarter',
  replaces: 'Replaces',
  report: 'Report',
  reason: 'Why',
  model: 'Model',
  lock: 'Lock',
  person: 'Person',
  device: 'Device',
  thumbprint: 'Thumbprint',
  name: 'Name',
  host: 'Host',
  environment: 'Environment',
  place: 'Place',
  copy: 'Copy',
  threshold: 'It takes',
  shares: 'Shares',
  on: 'On',
  id: 'Of',
  capacityBytes: 'Bytes at once',
  bytesPerDay: 'Bytes a day',
  boundary: 'Plaintext boundary',
  evidence: 'Evidence',
  settings: 'Settings',
}

/** What an action is asked for with, field by field; a value that is somebody or a role is shown as such. */
export function Payload({ payload }: { readonly payload: unknown }) {
  if (typeof payload !== 'object' || payload === null) return <Code>{JSON.stringify(payload)}</Code>
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
      {Object.entries(payload).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-quiet">{NAMES[name] ?? name}</dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ value }: { readonly value: unknown }) {
  if (value === null) return <span className="text-quiet">none</span>
  if (typeof value !== 'string') return <Code>{JSON.stringify(value)}</Code>
  if (value.startsWith('per_')) return <PersonName id={value} link />
  if (value.startsWith('pdr_'))
    return (
      <AppLink href={`/policy/drafts/${value}`} className={INLINE_LINK}>
        {value}
      </AppLink>
    )
  if (value.startsWith('asm_'))
    return (
      <AppLink href={`/scaling/assessments/${value}/decision`} className={INLINE_LINK}>
        {value}
      </AppLink>
    )
  if (value.startsWith('icase_'))
    return (
      <AppLink href={`/insider/cases/${value}`} className={INLINE_LINK}>
        {value}
      </AppLink>
    )
  if (value.startsWith('rep_') || value.startsWith('rgc_'))
    return (
      <AppLink
        href={value.startsWith('rep_') ? `/reports/${value}` : `/reports/cases/${value}`}
        className={INLINE_LINK}
      >
        {value}
      </AppLink>
    )
  if (/^(training|deployment|drill)\//.test(value))
    return (
      <AppLink href={casePath(value)} className={INLINE_LINK}>
        {value}
      </AppLink>
    )
  const role = ALL_ROLES.find((name) => name === value)
  if (role !== undefined) return roleName(role)
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? exactly(value) : value
}
