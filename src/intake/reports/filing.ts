import { createHash, createHmac } from 'node:crypto'
import type { Db } from '../../db/index.ts'
import { canonicalJson } from '../../ledger/index.ts'
import type { IntakeContext } from '../context.ts'
import { FILING } from '../kinds.ts'
import type { Filing } from '../schema.ts'
import { records } from '../store.ts'

/** Stands for what was filed; keyed, so that the store doesn't tell who sent which known text. */
export function filingId({ macKey }: Pick<IntakeContext, 'macKey'>, ...parts: readonly string[]): string {
  const mac = createHmac('sha256', macKey).update('safelevel.intake.filing/1')
  for (const part of parts) mac.update(`\n${Buffer.byteLength(part)}\n${part}`)
  return mac.digest('hex')
}

/** SHA-256 of what somebody sent, hex. */
export function contentDigest(content: Parameters<typeof canonicalJson>[0]): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex')
}

/** What was filed under this id and still counts; null when nothing is. */
export async function findFiling(db: Db, id: string, nowMs: number): Promise<Filing | null> {
  const filing = await records.find(db, FILING, id)
  if (filing === null) return null
  return filing.expiresAt !== null && Date.parse(filing.expiresAt) <= nowMs ? null : filing
}

/** That these documents go. */
export function dropping(filings: readonly Filing[]): { kind: string; id: string }[] {
  return filings.map(({ id }) => ({ kind: FILING.kind, id }))
}
