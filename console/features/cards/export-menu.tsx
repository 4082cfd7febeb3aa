import { useState } from 'react'
import { buttonLook } from '../../components/button.tsx'
import { type Choice, Filter } from '../../components/select.tsx'

const FORMATS = [
  ['html', 'Page to print'],
  ['markdown', 'Markdown'],
  ['hf', 'Hugging Face'],
  ['cyclonedx', 'CycloneDX'],
  ['sb53-html', 'SB 53'],
  ['eu-html', 'EU form'],
  ['json', 'JSON'],
] as const

type Audience = 'public' | 'customers' | 'authorities' | 'internal'
const AUDIENCES: readonly Choice<Audience>[] = [
  { value: 'public', label: 'everybody' },
  { value: 'customers', label: 'customers' },
  { value: 'authorities', label: 'authorities' },
  { value: 'internal', label: 'ourselves' },
]

/** A version as files that others read, for whom they are meant. */
export function ExportMenu({ model, version }: { readonly model: string; readonly version: string }) {
  const [audience, setAudience] = useState<Audience>('public')
  return (
    <>
      <Filter<Audience> label="For" value={audience} choices={AUDIENCES} onChange={setAudience} />
      {FORMATS.map(([format, label]) => (
        <a
          key={format}
          href={`/api/v1/cards/${encodeURIComponent(model)}/export?${new URLSearchParams({ format, audience, version })}`}
          target="_blank"
          rel="noreferrer"
          aria-label={`${label}, opens beside this page`}
          className={buttonLook('secondary', true)}
        >
          {label}
        </a>
      ))}
    </>
  )
}
