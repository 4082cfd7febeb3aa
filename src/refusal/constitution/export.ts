import { isUsed } from './checks/whole.ts'
import { type DatasetRecord, type Turn, USES, type Use, type Utterance } from './schema.ts'

/** What trainers read, one JSON object a line. */
export const EXPORT_FORMATS = [
  'trl-sft',
  'trl-dpo',
  'trl-dpo-implicit',
  'trl-kto',
  'openai-dpo',
  'alignment-handbook',
  'ms-swift',
] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/**
 * Rows of one record in a trainer's format; none where it is kept out of that use. Where a row came from stands in columns of its own, but
 * for OpenAI's format, which takes no other keys.
 *
 * @param rejected records that people found unsound
 */
export function exportRows(
  record: DatasetRecord,
  format: ExportFormat,
  rejected: ReadonlySet<string> = new Set(),
): Record<string, unknown>[] {
  if (rejected.has(record.id) || !isUsed(record, useOf(format))) return []
  const rows = WRITERS[format](record)
  return format === 'openai-dpo' ? rows : rows.map((row) => ({ ...row, ...provenanceOf(record) }))
}

/** What a format is for. */
export function useOf(format: ExportFormat): Use {
  return format === 'trl-sft' ? USES[0] : USES[1]
}

const WRITERS: Readonly<Record<ExportFormat, (record: DatasetRecord) => Record<string, unknown>[]>> = {
  'trl-sft': (record) =>
    record.answer === null ? [] : [{ messages: [...messages(record.prompt.turns), said(record.answer)] }],
  'trl-dpo': (record) =>
    pairs(record, ({ prompt, chosen, rejected }) => ({ prompt, chosen: [chosen], rejected: [rejected] })),
  'trl-dpo-implicit': (record) =>
    pairs(record, ({ prompt, chosen, rejected }) => ({ chosen: [...prompt, chosen], rejected: [...prompt, rejected] })),
  'trl-kto': (record) =>
    pairs(record, ({ prompt, chosen }) => ({ prompt, completion: [chosen], label: true })).concat(
      pairs(record, ({ prompt, rejected }) => ({ prompt, completion: [rejected], label: false })),
    ),
  'openai-dpo': (record) =>
    pairs(record, ({ prompt, chosen, rejected }) => ({
      input: { messages: prompt, tools: [], parallel_tool_calls: true },
      preferred_output: [chosen],
      non_preferred_output: [rejected],
    })),
  'alignment-handbook': (record) =>
    pairs(record, ({ prompt, chosen, rejected }) => ({
      prompt: prompt.at(-1)?.content ?? '',
      messages: [...prompt, chosen],
      chosen: [...prompt, chosen],
      rejected: [...prompt, rejected],
    })),
  'ms-swift': (record) =>
    pairs(record, ({ prompt, chosen, rejected }) => ({
      messages: [...prompt, chosen],
      rejected_response: rejected.content,
    })),
}

interface Preference {
  readonly prompt: Message[]
  readonly chosen: Message
  readonly rejected: Message
}

function pairs(
  { prompt, pair }: DatasetRecord,
  write: (preference: Preference) => Record<string, unknown>,
): Record<string, unknown>[] {
  if (pair === null || pair.preferred === null) return []
  const [chosen, rejected] = pair.preferred === 'first' ? [pair.first, pair.second] : [pair.second, pair.first]
  return [write({ prompt: messages(prompt.turns), chosen: said(chosen), rejected: said(rejected) })]
}

const messages = (turns: readonly Turn[]): Message[] => turns.map(({ role, text }) => ({ role, content: text }))
const said = ({ text }: Utterance): Message => ({ role: 'assistant', content: text })

/** Plain values of the same type in every row, so that a table can hold them; trainers drop columns that they don't know. */
function provenanceOf({ id, prompt, rounds, pair, provenance, flags }: DatasetRecord): Record<string, unknown> {
  const preferred = pair?.preferred ? pair[pair.preferred] : null
  const sure = pair?.label ? (pair.preferred === 'first' ? 1 - pair.label.used : pair.label.used) : null
  const { model = null, critic = null } = provenance.authors
  return {
    record_id: id,
    kind: prompt.kind,
    source: prompt.source ?? '',
    licence: prompt.licence ?? '',
    prompt_sha256: prompt.digest,
    constitution: provenance.constitution,
    policy_version: provenance.policyVersion,
    principles: [...rounds.map(({ principle }) => principle), ...(pair?.judgements ?? []).map((one) => one.principle)],
    rounds: rounds.length,
    seed: provenance.seed,
    model: nameOf(model),
    critic: nameOf(critic ?? model),
    soft_label: sure ?? 0.5,
    soft_label_raw: pair?.label ? (pair.preferred === 'first' ? 1 - pair.label.raw : pair.label.raw) : 0.5,
    preferred_by: preferred?.by ?? '',
    flags: flags.map(({ flag }) => flag),
  }
}

function nameOf(author: DatasetRecord['provenance']['authors'][string] | null): string {
  if (author === null) return ''
  return author.kind === 'person' ? `person: ${author.note}` : `${author.model} at ${author.server}`
}
