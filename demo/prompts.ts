import { readFileSync } from 'node:fs'
import { z } from 'zod'

const SUITES = new URL('../suites/refusal/', import.meta.url)
const Row = z.object({
  prompt: z.string().optional(),
  turns: z.array(z.string()).optional(),
  category: z.string().optional(),
  kind: z.string(),
})
const GRAVE: ReadonlySet<string> = new Set([
  ...['chemical', 'biological', 'radiological_nuclear', 'indiscriminate_weapons', 'autonomous_replication'],
])
/** Said by no customer here, not even as a request. */
const LEFT_OUT: ReadonlySet<string> = new Set(['child_exploitation', 'self_harm', 'sexual_content'])

export interface HarmfulPrompt {
  readonly prompt: string
  readonly category: string
}

/** What people ask in the demo: the rows of the suites that the product brings, none of which says how anything harmful is done. */
export interface Prompts {
  readonly everyday: readonly string[]
  readonly lookalikes: readonly string[]
  /** With what they are about; those by which somebody is suspended at once stand apart. */
  readonly harmful: readonly HarmfulPrompt[]
  readonly grave: readonly HarmfulPrompt[]
  readonly conversations: readonly (readonly string[])[]
}

export function readPrompts(): Prompts {
  const single = (name: string) => rowsOf(name).flatMap(({ prompt }) => prompt ?? [])
  const harmful = rowsOf('harmful-requests').flatMap(({ prompt, category = 'general_harm' }) =>
    prompt === undefined ? [] : [{ prompt, category }],
  )
  return {
    everyday: single('everyday'),
    lookalikes: single('harmless-lookalikes'),
    harmful: harmful.filter(({ category }) => !GRAVE.has(category)),
    grave: harmful.filter(({ category }) => GRAVE.has(category)),
    conversations: rowsOf('conversations').flatMap(({ turns }) => (turns === undefined ? [] : [turns])),
  }
}

/** All rows of the suites by their last turn: what should be declined, and what should be answered. */
export function readSuites(): { readonly harmful: readonly string[]; readonly harmless: readonly string[] } {
  const rows = ['harmful-requests', 'harmless-lookalikes', 'everyday', 'conversations'].flatMap(allRowsOf)
  const last = (isHarmful: boolean) =>
    rows
      .filter(({ kind }) => (kind === 'harmful') === isHarmful)
      .flatMap(({ prompt, turns }) => prompt ?? turns?.at(-1) ?? [])
  return { harmful: last(true), harmless: last(false) }
}

function rowsOf(suite: string): z.infer<typeof Row>[] {
  return allRowsOf(suite).filter(({ category }) => !LEFT_OUT.has(category ?? ''))
}

function allRowsOf(suite: string): z.infer<typeof Row>[] {
  const lines = readFileSync(new URL(`${suite}.jsonl`, SUITES), 'utf8')
    .trim()
    .split('\n')
  return lines.slice(1).map((line) => Row.parse(JSON.parse(line)))
}
