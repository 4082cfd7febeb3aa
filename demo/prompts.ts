import { readFileSync } from 'node:fs'
import { z } from 'zod'

const SUITES = new URL('../suites/refusal/', import.meta.url)
const Row = z.object({
  prompt: z.string().optional(),
  turns: z.array(z.string()).optional(),
  category: z.string().optional(),
})
/** Said by nobody here, not even as a request: the desk for it is shown with the product's test string instead. */
const LEFT_OUT: ReadonlySet<string> = new Set(['child_exploitation', 'self_harm', 'sexual_content'])

/** What people ask in the demo: the rows of the suites that the product brings, none of which says how anything harmful is done. */
export interface Prompts {
  readonly everyday: readonly string[]
  readonly lookalikes: readonly string[]
  readonly harmful: readonly string[]
  readonly conversations: readonly (readonly string[])[]
}

export function readPrompts(): Prompts {
  const single = (name: string) => rowsOf(name).flatMap(({ prompt }) => prompt ?? [])
  return {
    everyday: single('everyday'),
    lookalikes: single('harmless-lookalikes'),
    harmful: single('harmful-requests'),
    conversations: rowsOf('conversations').flatMap(({ turns }) => (turns === undefined ? [] : [turns])),
  }
}

function rowsOf(suite: string): z.infer<typeof Row>[] {
  const lines = readFileSync(new URL(`${suite}.jsonl`, SUITES), 'utf8')
    .trim()
    .split('\n')
  const rows = lines.slice(1).map((line) => Row.parse(JSON.parse(line)))
  return rows.filter(({ category }) => !LEFT_OUT.has(category ?? ''))
}
