import type { NewReproduction } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { TextArea, TextField } from '../../components/field.tsx'

/** What is asked, as it is typed: turns of the user and of the assistant in turn, the user's first and last. */
export interface Draft {
  readonly turns: readonly string[]
  readonly system: string
  readonly tools: string
  readonly temperature: string
  readonly maxTokens: string
}

export const EMPTY: Draft = { turns: [''], system: '', tools: '', temperature: '', maxTokens: '1024' }

type Script = NonNullable<NewReproduction['script']>

/** As the API takes it, or what is wrong with it. Without words of the user's the steps of the report are asked. */
export function scriptOf({ turns, system, tools }: Draft): { script: Script | null } | { problem: string } {
  if (turns.every((text) => text.trim() === '')) return { script: null }
  if (turns.some((text) => text.trim() === '')) return { problem: 'a turn is empty' }
  const given = toolsOf(tools)
  if (given === null) return { problem: 'tools: a JSON list, each with a name, a description and parameters' }
  const said = turns.map((text, i) => ({ role: i % 2 === 0 ? ('user' as const) : ('assistant' as const), text }))
  return { script: { turns: said, system: system.trim() === '' ? null : system, tools: given } }
}

export function samplingOf({ temperature, maxTokens }: Draft): NonNullable<NewReproduction['sampling']> {
  return { maxTokens: Number(maxTokens), temperature: temperature === '' ? null : Number(temperature) }
}

function toolsOf(text: string): Script['tools'] | null {
  if (text.trim() === '') return []
  try {
    const read: unknown = JSON.parse(text)
    const isTool = (one: unknown) => typeof one === 'object' && one !== null && 'name' in one
    return Array.isArray(read) && read.every(isTool) ? (read as Script['tools']) : null
  } catch {
    return null
  }
}

/** The conversation, and behind a line all else that can be set. */
export function ScriptEditor({ draft, onChange }: { readonly draft: Draft; onChange(draft: Draft): void }) {
  const { turns } = draft
  const set = (i: number, text: string) => onChange({ ...draft, turns: turns.map((one, n) => (n === i ? text : one)) })
  return (
    <>
      {turns.map((text, i) => (
        <TextArea
          key={i}
          label={
            turns.length === 1 ? 'What is asked' : i % 2 === 0 ? `User, turn ${i + 1}` : `Assistant, turn ${i + 1}`
          }
          value={text}
          onChange={(next) => set(i, next)}
          rows={i === turns.length - 1 ? 4 : 2}
          maxLength={64000}
          {...(turns.length === 1 ? { hint: 'Left empty, the steps of the report as they were written.' } : {})}
        />
      ))}
      <span className="flex gap-2">
        <Button small disabled={turns.length >= 49} onClick={() => onChange({ ...draft, turns: [...turns, '', ''] })}>
          Add an answer and a question
        </Button>
        {turns.length > 1 && (
          <Button small look="quiet" onClick={() => onChange({ ...draft, turns: turns.slice(0, -2) })}>
            Take the last away
          </Button>
        )}
      </span>
      <details>
        <summary className="cursor-pointer font-medium">System prompt, tools, sampling</summary>
        <div className="mt-3 flex flex-col gap-4">
          <TextArea
            label="System prompt"
            value={draft.system}
            onChange={(system) => onChange({ ...draft, system })}
            rows={3}
            maxLength={64000}
            hint="Counts with a conversation of your own; left empty, none."
          />
          <TextArea
            label="Tools"
            value={draft.tools}
            onChange={(tools) => onChange({ ...draft, tools })}
            rows={3}
            maxLength={64000}
            hint={
              'A JSON list: [{"name": "…", "description": "…", "parameters": {…}}]. Calls are recorded, never carried out.'
            }
          />
          <div className="grid grid-cols-2 gap-3">
            <TextField
              label="Temperature"
              type="number"
              min={0}
              max={2}
              value={draft.temperature}
              onChange={(temperature) => onChange({ ...draft, temperature })}
              hint="Left empty, the model’s own."
            />
            <TextField
              label="Tokens at most"
              type="number"
              min={1}
              max={16384}
              value={draft.maxTokens}
              onChange={(maxTokens) => onChange({ ...draft, maxTokens })}
            />
          </div>
        </div>
      </details>
    </>
  )
}
