import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { TextField } from '../../components/field.tsx'
import { rulesQuery } from './queries.ts'

const SHOWN = 8

interface OffChoiceProps {
  readonly off: readonly string[]
  onChange(off: readonly string[]): void
}

/** Which rules and models count for nothing in a replay: found by a few letters. */
export function OffChoice({ off, onChange }: OffChoiceProps) {
  const { data } = useQuery(rulesQuery)
  const [text, setText] = useState('')
  const all = [
    ...(data?.items ?? []).filter(({ weight }) => weight > 0).map(({ cause, title }) => ({ cause, name: title })),
    ...(data?.models ?? []).map(({ cause, says }) => ({ cause, name: says })),
  ]
  const letters = text.trim().toLowerCase()
  const found =
    letters === ''
      ? []
      : all.filter(({ cause, name }) => !off.includes(cause) && `${cause} ${name}`.toLowerCase().includes(letters))
  const chosen = all.filter(({ cause }) => off.includes(cause))
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="sr-only">Rules and models that count for nothing</legend>
      <TextField
        label="Without these rules or models (optional)"
        value={text}
        onChange={setText}
        placeholder="some letters of their names"
        className="sm:max-w-md"
      />
      {[...chosen, ...found.slice(0, SHOWN)].map(({ cause, name }) => (
        <label key={cause} className="flex items-baseline gap-2">
          <input
            type="checkbox"
            checked={off.includes(cause)}
            onChange={() => onChange(off.includes(cause) ? off.filter((one) => one !== cause) : [...off, cause])}
            className="translate-y-0.5 accent-accent"
          />
          <span>
            {name} <span className="text-xs text-quiet">{cause}</span>
          </span>
        </label>
      ))}
      {letters !== '' && found.length === 0 && <p className="text-quiet">None is called like that.</p>}
      {found.length > SHOWN && <p className="text-quiet">and {found.length - SHOWN} more: type more letters</p>}
    </fieldset>
  )
}
