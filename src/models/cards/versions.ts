import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import type { RecordKind } from '../../journal/index.ts'
import { records } from '../records/index.ts'
import { CheckpointId, Name, Sha256, When, Words } from '../registry/index.ts'
import { CardFinding } from './finding.ts'
import { ModelCard } from './schema.ts'

export const CARD_STATES = ['draft', 'published', 'superseded', 'withdrawn'] as const

/** A card as it is kept: the draft of a model line, or a version, which stays as it was published. */
export const CardVersion = z
  .object({
    id: z.string().meta({ description: 'model/draft, model/1' }),
    model: Name,
    checkpoint: CheckpointId,
    number: z.int().positive().nullable().meta({ description: 'counted for each model line; null = the draft' }),
    revision: z.int().positive().meta({ description: 'how often the draft was saved' }),
    state: z.enum(CARD_STATES),
    digest: Sha256.meta({ description: 'of the card as RFC 8785 canonical JSON' }),
    card: ModelCard,
    text: z.string().meta({ description: 'as somebody wrote it' }),
    savedAt: When,
    savedBy: z.string(),
    proposed: z
      .object({ at: When, by: z.string(), reason: z.string() })
      .nullable()
      .meta({ description: 'of a draft: somebody wants it published, and two people are to look at it' }),
    publishedAt: When.nullable(),
    approval: z.string().nullable(),
    people: z.array(z.string()).meta({ description: 'who asked for it to be published, and who agreed' }),
    withdrawn: z.object({ at: When, by: z.string(), reason: z.string() }).nullable(),
  })
  .meta({ id: 'CardVersion' })
export type CardVersion = z.infer<typeof CardVersion>

/** Without its text. */
export const CardHead = CardVersion.omit({ card: true, text: true }).meta({ id: 'CardHead' })
export type CardHead = z.infer<typeof CardHead>

export function headOf({ card: _, text: __, ...head }: CardVersion): CardHead {
  return head
}

/** How a published card stands now. */
export const CardStanding = z
  .object({
    state: z.enum(['none', 'fresh', 'stale', 'withdrawn']),
    number: z.int().nullable(),
    checkpoint: z.string().nullable(),
    reasons: z.array(CardFinding).meta({ description: 'what no longer holds, and since when' }),
    checkedAt: When,
  })
  .meta({ id: 'CardStanding' })
export type CardStanding = z.infer<typeof CardStanding>

/** What two people agree on. */
export const CardPublication = z
  .strictObject({
    model: Name,
    checkpoint: CheckpointId,
    revision: z.int().positive(),
    digest: Sha256.meta({ description: 'of the card that was read' }),
    reason: Words(1_000),
  })
  .meta({ id: 'CardPublication' })
export type CardPublication = z.infer<typeof CardPublication>

export const CARD: RecordKind<CardVersion> = {
  kind: 'card',
  schema: CardVersion,
  columns: ({ id, model, checkpoint, state, publishedAt, savedAt }) => ({
    id,
    model,
    about: checkpoint,
    state,
    at: publishedAt ?? savedAt,
  }),
}

const MAX_VERSIONS = 10_000

/** Whether it can be the name of a model line: what can't be is looked up nowhere, since a store refuses some characters. */
export function isModelName(model: string): boolean {
  return Name.safeParse(model).success
}

/** @throws {AppError} NOT_FOUND for what can be no model line */
export function checkModelName(model: string): void {
  if (!isModelName(model)) throw new AppError('NOT_FOUND', 'there is no model line of this name')
}

/** All of a model line, the newest version first; without its draft. */
export async function versionsOf(db: Db, model: string): Promise<CardVersion[]> {
  if (!isModelName(model)) return []
  const all = await records.list(db, CARD, { model, limit: MAX_VERSIONS })
  return all.filter(({ number }) => number !== null).sort((a, b) => (b.number ?? 0) - (a.number ?? 0))
}

/** @param version `draft`, a number, or `current` for the one that stands. @throws {AppError} NOT_FOUND */
export async function findVersion(db: Db, model: string, version: string | number): Promise<CardVersion> {
  checkModelName(model)
  const found =
    version === 'current'
      ? ((await records.list(db, CARD, { model, state: 'published', limit: 1 }))[0] ?? null)
      : /^(draft|[1-9]\d{0,8})$/.test(String(version))
        ? await records.find(db, CARD, `${model}/${version}`)
        : null
  if (found !== null) return found
  const what =
    version === 'draft' ? 'draft of a card' : version === 'current' ? 'published card' : 'such version of a card'
  throw new AppError('NOT_FOUND', `there is no ${what} of ${model.slice(0, 80)}`)
}
