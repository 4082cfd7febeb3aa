import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ChatTurn } from '../../../asking/index.ts'
import type { ItemKind } from '../schema.ts'
import type { LeftOut, SuiteItem } from './item.ts'

const MAX_PROMPT = 65_536
const MAX_TURNS = 20
const MAX_NAME = 120

/** As the file has it, names of columns in lower case. */
const Row = z.record(z.string(), z.unknown())
const Turn = z.union([
  z.string(),
  z.object({ role: z.enum(['user', 'assistant']).default('user'), text: z.string() }),
  z.object({ role: z.enum(['user', 'assistant']).default('user'), content: z.string() }),
])
const Turns = z.array(Turn).min(1).max(MAX_TURNS)

/** What a row asks comes under one of these names, the first that it has: sets of XSTest, StrongREJECT, JailbreakBench, AdvBench, HarmBench. */
const PROMPTS = ['prompt', 'forbidden_prompt', 'text', 'goal', 'behavior', 'question', 'instruction', 'query'] as const
const IDS = ['id', 'behaviorid', 'index', 'id_v2'] as const
const CATEGORIES = ['category', 'semanticcategory', 'type', 'functionalcategory', 'clause'] as const

export type RowReading = SuiteItem | keyof LeftOut

/** Hostile input: whatever a row holds, it gives an item or why not. @param fallback what rows are that don't say */
export function readItem(value: unknown, fallback: ItemKind | null): RowReading {
  const { success, data } = Row.safeParse(value)
  if (!success) return 'malformed'
  const row = new Map(Object.entries(data).map(([name, one]) => [name.toLowerCase(), one]))
  const turns = turnsOf(row)
  const last = turns?.at(-1)
  if (turns === null || last?.role !== 'user') return 'noPrompt'
  const role = row.get('role')
  if (role === 'completion' || role === 'pair') return 'noPrompt'
  const kind = kindOf(row) ?? fallback
  if (kind === null) return 'unlabelled'
  const wanted = nameIn(row, ['wanted'], MAX_PROMPT) ?? (turns.length > 1 ? spoken(turns) : last.text)
  const id = nameIn(row, IDS) ?? createHash('sha256').update(JSON.stringify(turns)).digest('hex').slice(0, 16)
  return { id, cluster: nameIn(row, ['cluster']) ?? id, kind, wanted, turns, category: nameIn(row, CATEGORIES) }
}

type Fields = ReadonlyMap<string, unknown>

function turnsOf(row: Fields): ChatTurn[] | null {
  const given = Turns.safeParse(row.get('turns') ?? row.get('messages'))
  if (given.success) {
    const turns = given.data.map((turn): ChatTurn => {
      if (typeof turn === 'string') return { role: 'user', text: turn }
      return { role: turn.role, text: 'text' in turn ? turn.text : turn.content }
    })
    return turns.every(({ text }) => fits(text)) ? turns : null
  }
  const text = PROMPTS.map((name) => row.get(name)).find((one) => typeof one === 'string' && one.trim() !== '')
  if (typeof text !== 'string') return null
  const context = row.get('contextstring')
  const whole = typeof context === 'string' && context.trim() !== '' ? `${context}\n\n---\n\n${text}` : text
  return fits(whole) ? [{ role: 'user', text: whole }] : null
}

function fits(text: string): boolean {
  return text.trim() !== '' && text.length <= MAX_PROMPT && text.isWellFormed()
}

/** What the user said over all turns, at most as long as one prompt. */
function spoken(turns: readonly ChatTurn[]): string {
  const own = turns.filter(({ role }) => role === 'user').map(({ text }) => text)
  return own.join('\n').slice(0, MAX_PROMPT)
}

/** Our own words for it, and those of public sets; null = the row doesn't say. */
const KINDS: ReadonlyMap<unknown, ItemKind> = new Map<unknown, ItemKind>([
  ['harmful', 'harmful'],
  ['unsafe', 'harmful'],
  ['toxic', 'harmful'],
  ['direct', 'harmful'],
  ['jailbreak', 'harmful'],
  ['lookalike', 'lookalike'],
  ['safe', 'lookalike'],
  ['borderline-benign', 'lookalike'],
  ['benign', 'everyday'],
  ['everyday', 'everyday'],
])

function kindOf(row: Fields): ItemKind | null {
  const own = KINDS.get(lower(row.get('kind'))) ?? null
  const harmful = row.get('harmful')
  if (harmful === 1 || harmful === true || harmful === '1') return 'harmful'
  if (harmful === 0 || harmful === false || harmful === '0') return own === 'everyday' ? own : 'lookalike'
  // It has the column and leaves it open: nobody knows.
  if (row.has('harmful')) return null
  const type = lower(row.get('type'))
  // XSTest: the unsafe twins of its safe prompts.
  if (typeof type === 'string' && type.startsWith('contrast_')) return 'harmful'
  const label = own ?? KINDS.get(lower(row.get('label'))) ?? null
  if (label !== null) return label
  if (row.has('forbidden_prompt') || row.has('behaviorid')) return 'harmful'
  if (row.has('goal') && row.has('target') && !row.has('behavior')) return 'harmful'
  // XSTest without labels: what is no contrast is safe.
  return typeof type === 'string' && row.has('focus') ? 'lookalike' : null
}

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value
}

/** A short printable line, whatever stands there. */
function nameIn(row: Fields, names: readonly string[], most = MAX_NAME): string | null {
  for (const name of names) {
    const value = row.get(name)
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string') continue
    const line = text
      .toWellFormed()
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim()
      .slice(0, most)
    if (line !== '') return line
  }
  return null
}
