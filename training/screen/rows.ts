import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPLETION_COLUMN } from '../../src/screening/classifiers/linear/weights.ts'
import { HAZARDS, LABELS, type Label } from '../../src/screening/taxonomy.ts'
import { SOURCES } from './sources.ts'

/** Columns that are trained: one per label and the harm of completions. */
export const TRAINED = LABELS.length + 1
export const UNKNOWN = -1
const HAZARD_SET: ReadonlySet<Label> = new Set(HAZARDS)

/** One text to learn from: per column 1, 0 or UNKNOWN, with a weight for how far the label is to be trusted. */
export interface Row {
  readonly text: string
  /** What a completion answers, where it is known. */
  readonly prompt: string
  readonly side: 'prompt' | 'completion'
  readonly source: string
  readonly kind: string
  readonly category: string
  readonly harmful: number
  readonly targets: Int8Array
  readonly trust: Float32Array
  /** Rows of one group (variants of one request) stand in the same fold. */
  readonly group: string
  weight: number
  /** What is learned instead of `targets`, between 0 and 1, or UNKNOWN. */
  soft?: Float32Array
}

interface RawRow {
  text: string
  role: 'prompt' | 'completion' | 'pair'
  prompt?: string | null
  harmful: 0 | 1 | null
  category?: string | null
  kind: string
  source: string
  license?: string
  weak?: boolean
  /** Authored rows name their labels and their group. */
  labels?: Label[]
  group?: string
}

export interface SourceFile {
  readonly file: string
  readonly rows: number
  readonly license: string
  readonly sha256: string
}

/** Reads every `.jsonl` of a folder in name order. */
export function readFolder(folder: string): { rows: Row[]; sources: SourceFile[] } {
  const rows: Row[] = []
  const sources: SourceFile[] = []
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()) {
    const bytes = readFileSync(join(folder, file))
    const raw: RawRow[] = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
    for (const row of raw) {
      const labelled = label(row, file.replace('.jsonl', ''))
      if (labelled) rows.push(labelled)
    }
    const licenses = new Set(raw.map((row) => row.license ?? 'Apache-2.0'))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    sources.push({ file, rows: raw.length, license: [...licenses].join(', '), sha256 })
  }
  return { rows, sources }
}

/** Rows of one file, under the name of one source. */
export function readFile(path: string, source: string): Row[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line) => (line === '' ? [] : (label(JSON.parse(line), source) ?? [])))
}

function label(raw: RawRow, source: string): Row | undefined {
  const side = raw.role === 'prompt' ? 'prompt' : 'completion'
  const targets = new Int8Array(TRAINED).fill(UNKNOWN)
  const trust = new Float32Array(TRAINED).fill(1)
  const set = (name: Label, value: 0 | 1, weight = 1) => {
    targets[LABELS.indexOf(name)] = value
    trust[LABELS.indexOf(name)] = weight
  }
  const rule = SOURCES[source] ?? {}
  const category = raw.category ?? ''
  const hazards =
    raw.labels ?? rule.categories?.[category] ?? rule.categories?.[category.split(' / ')[0] ?? ''] ?? rule.hazards ?? []
  const weak = raw.weak ? 0.15 : 1
  if (raw.harmful === null && hazards.length === 0) return undefined
  if (side === 'completion') {
    if (raw.harmful === null) return undefined
    targets[COMPLETION_COLUMN] = raw.harmful
  }
  const harmful = raw.harmful === 1 || (raw.harmful === null && hazards.length > 0)
  if (!harmful) {
    // a harmless answer to a harmful question speaks the question's words: it says nothing about the hazards
    const plain = side === 'prompt' || raw.kind === 'benign'
    if (plain) for (const hazard of HAZARDS) set(hazard, 0)
  } else {
    const namesHazard = raw.labels === undefined || hazards.some((name) => HAZARD_SET.has(name))
    const onlyAdvice = hazards.length === 1 && hazards[0] === 'specialized_advice'
    if (rule.general !== 0 && raw.harmful === 1 && namesHazard && !onlyAdvice) {
      set('general_harm', 1, weak * (rule.generalTrust ?? 1))
    }
    // a trusted category speaks weakly against the others
    if (hazards.some((name) => HAZARD_SET.has(name))) {
      for (const hazard of HAZARDS)
        if (targets[LABELS.indexOf(hazard)] === UNKNOWN && hazard !== 'general_harm') set(hazard, 0, 0.4)
    }
  }
  if (harmful) for (const name of hazards) set(name, 1, weak)
  const methods = rule.methods ?? {}
  for (const name of ['jailbreak', 'injection', 'obfuscation'] as const) {
    if (side === 'completion' || hazards.includes(name)) continue
    const value = methods[name]
    if (value === 'unknown') continue
    const attack = value === 'harmful' ? harmful : value === 'all'
    set(name, attack ? 1 : 0, attack ? weak : 1)
  }
  if (rule.jailbreakOnly) for (const hazard of HAZARDS) targets[LABELS.indexOf(hazard)] = UNKNOWN
  return {
    text: raw.text,
    prompt: raw.prompt ?? '',
    side,
    source,
    kind: raw.kind,
    category,
    harmful: raw.harmful ?? -1,
    targets,
    trust,
    group: raw.group ?? rule.groupBy?.(raw.text, raw.prompt ?? '', category) ?? raw.text.slice(0, 80).toLowerCase(),
    weight: 1,
  }
}
