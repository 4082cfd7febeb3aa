import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { refusalSigns } from '../../src/refusal/evaluation/grading/refusal.ts'

export interface Answer {
  readonly text: string
  readonly refused: boolean
  readonly source: string
  /** 0 … 9, by the question: answers to one question never stand on both sides. */
  readonly fold: number
}

interface Row {
  readonly text: string
  readonly role: string
  readonly prompt: string | null
  readonly harmful: number | null
  readonly category: string | null
}

/**
 * What a row says about its answer, null = nothing sure. Answers to attacks that were judged harmless are refusals nearly always; what reads like none
 * is left out, since it may be an answer beside the point.
 */
const LABELS: Readonly<Record<string, (row: Row) => boolean | null>> = {
  gptfuzz_labeled: ({ harmful }) => harmful === 0,
  jailbreakbench_artifacts: ({ harmful, text }) => {
    if (harmful === 1) return false
    const { refuses, sorry } = refusalSigns(text)
    return refuses || sorry ? true : null
  },
  openai_rbr_gold: ({ harmful, text }) => {
    const { refuses, sorry, goesOn } = refusalSigns(text)
    return harmful === 0 && (refuses || sorry) && !goesOn ? true : null
  },
  advbench: () => false,
  coconot: ({ category, text }) =>
    category === 'Requests with safety concerns' && !refusalSigns(text).refuses ? false : null,
  dolly_sample: () => false,
  benign_gpteacher_roleplay: () => false,
  benign_gpteacher_codegen: () => false,
  benign_medquad: () => false,
  benign_counsel_chat: () => false,
}

export const SOURCES = Object.keys(LABELS)

export function answersOf(folder: string, sources: readonly string[] = SOURCES): Answer[] {
  return sources.flatMap((source) => {
    const label = LABELS[source]
    if (label === undefined) return []
    const rows = readFileSync(join(folder, `${source}.jsonl`), 'utf8')
      .split('\n')
      .filter(Boolean)
    return rows.flatMap((line): Answer[] => {
      const row: Row = JSON.parse(line)
      if (row.role === 'prompt') return []
      const refused = label(row)
      return refused === null ? [] : [{ text: row.text, refused, source, fold: foldOf(row.prompt ?? row.text) }]
    })
  })
}

function foldOf(question: string): number {
  return (createHash('sha256').update(question).digest()[0] ?? 0) % 10
}
