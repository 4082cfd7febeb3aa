import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RecordKind } from '../../journal/index.ts'
import {
  KeptComparison,
  KeptDataset,
  KeptEvaluation,
  KeptRedTeamRun,
  type KeptResult,
  type ResultKind,
} from './schema.ts'

/** Found by the checkpoint that it is of; due when its rows go. Named alike, so that one kind can take any of them. */
function columns({ id, checkpoint, fixture, erased, madeAt, eraseAt }: KeptResult) {
  return {
    id,
    model: checkpoint?.split('/')[0] ?? null,
    about: checkpoint,
    state: erased !== null ? 'erased' : fixture ? 'fixture' : 'stands',
    at: madeAt,
    dueAt: eraseAt,
  }
}

export const DATASET: RecordKind<KeptDataset> = { kind: 'dataset', schema: KeptDataset, columns }
export const EVALUATION: RecordKind<KeptEvaluation> = { kind: 'evaluation', schema: KeptEvaluation, columns }
export const RED_TEAM_RUN: RecordKind<KeptRedTeamRun> = { kind: 'red_team_run', schema: KeptRedTeamRun, columns }
export const COMPARISON: RecordKind<KeptComparison> = { kind: 'comparison', schema: KeptComparison, columns }

const Kept = z.discriminatedUnion('kind', [KeptDataset, KeptEvaluation, KeptRedTeamRun, KeptComparison])
/** Any of them, by its kind. */
export const KINDS: Readonly<Record<ResultKind, RecordKind<KeptResult>>> = {
  dataset: { kind: 'dataset', schema: Kept, columns },
  evaluation: { kind: 'evaluation', schema: Kept, columns },
  red_team_run: { kind: 'red_team_run', schema: Kept, columns },
  comparison: { kind: 'comparison', schema: Kept, columns },
}

export const PREFIXES = { dataset: 'rds', evaluation: 'rev', red_team_run: 'rrt', comparison: 'rcm' } as const

/** Which kind an id is of; null for what is none of ours. */
export function kindOfId(id: string): ResultKind | null {
  const prefix = id.slice(0, id.indexOf('_'))
  if (prefix === PREFIXES.dataset) return 'dataset'
  if (prefix === PREFIXES.evaluation) return 'evaluation'
  if (prefix === PREFIXES.red_team_run) return 'red_team_run'
  return prefix === PREFIXES.comparison ? 'comparison' : null
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
