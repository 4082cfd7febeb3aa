import { createHmac } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { AppError, toAppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { ContentCanary, openCanaryIn } from '../content/index.ts'
import { openFileSigner, signNote } from '../ledger/index.ts'
import { type DrillProof, type KeyProvider, VaultCanary, vaultProofs } from '../weights/vault/index.ts'
import { type Keys, placeKeys } from './keys.ts'

export const DRILL_FORMAT = 'safelevel key drill v1'
/** The root key of weights is tried by what it opens: its file may have another passphrase by now. */
export const ROOT_KEY_FILE = 'weights-root.json'
/** What can be left out of a drill. */
export const DRILL_PARTS = ['files', 'content', 'ledger', 'weights'] as const
export type DrillPart = (typeof DRILL_PARTS)[number]

const Hex = z.string().regex(/^[0-9a-f]{64}$/)
const Name = z.string().max(200)
const Ms = z.number().nonnegative().max(86_400_000)

/** What a server asks of whoever says that its keys can be recovered: wrapped keys, and canaries sealed under them. No key is in it. */
export const DrillChallenge = z
  .strictObject({
    format: z.literal(DRILL_FORMAT),
    id: Name,
    at: z.iso.datetime(),
    nonce: Hex,
    files: z.array(Name).max(1_000).meta({ description: 'names of the key files in use' }),
    content: ContentCanary,
    ledger: z.strictObject({ vkey: z.string().max(1_000) }),
    weights: VaultCanary,
    mac: Hex.meta({ description: 'that this server asked' }),
  })
  .meta({ id: 'KeyDrillChallenge' })
export type DrillChallenge = z.infer<typeof DrillChallenge>

const Solved = z.strictObject({
  piece: Name,
  proof: z.string().max(2_000).nullable(),
  why: z
    .string()
    .regex(/^[A-Z_]{1,60}$/)
    .nullable(),
  ms: Ms,
})
type Solved = z.infer<typeof Solved>

export const DrillAnswer = z
  .strictObject({
    challenge: DrillChallenge,
    parts: z.array(z.enum(DRILL_PARTS)).min(1).max(4),
    proofs: z.array(Solved).max(1_200),
    tookMs: Ms,
  })
  .meta({ id: 'KeyDrillAnswer' })
export type DrillAnswer = z.infer<typeof DrillAnswer>

/** `lost`: nothing that was brought opens it. `other`: something was opened, and it is not this. */
export const DrillPiece = z.strictObject({
  piece: Name,
  outcome: z.enum(['recovered', 'other', 'lost']),
  why: z.string().nullable(),
  ms: Ms,
})
export type DrillPiece = z.infer<typeof DrillPiece>

export const DrillReport = z
  .strictObject({
    id: Name,
    at: z.iso.datetime(),
    passed: z.boolean().meta({ description: 'whether all that was asked for was recovered' }),
    parts: z.array(z.enum(DRILL_PARTS)),
    provider: z.string().meta({ description: 'names the root key of weights in use' }),
    pieces: z.array(DrillPiece),
    tookMs: Ms,
  })
  .meta({ id: 'KeyDrillReport' })
export type DrillReport = z.infer<typeof DrillReport>

/** What somebody has from whom the keys in use are gone. */
export interface Recovered {
  /** The copy of the key files; empty where there is none. */
  readonly keys: Keys
  /** What opens the root key of weights: its copy, or a second place; null where there is nothing. */
  readonly rootKey: KeyProvider | null
}

interface Solving {
  /** A folder that is thrown away. */
  readonly place: string
  readonly parts: readonly DrillPart[]
  readonly clock: Clock
  readonly ids: Ids
}

/** Tries every piece by what was recovered alone, one after the other, in a place where the keys in use are not. */
export async function solveDrill(
  challenge: DrillChallenge,
  { keys, rootKey }: Recovered,
  { place, parts, clock, ids }: Solving,
): Promise<DrillAnswer> {
  const startedMs = clock.monotonic()
  const keysDir = join(place, 'keys')
  await mkdir(keysDir, { mode: 0o700 })
  await placeKeys(keys, keysDir)
  const proofs: Solved[] = []
  const solve = async (piece: string, prove: () => Promise<string>) => {
    const beganMs = clock.monotonic()
    const found = await prove().then(
      (proof) => ({ proof, why: null }),
      (error: unknown) => ({ proof: null, why: toAppError(error).code }),
    )
    proofs.push({ piece, ...found, ms: clock.monotonic() - beganMs })
  }
  const { id, nonce } = challenge
  if (parts.includes('files'))
    for (const name of challenge.files) await solve(name, async () => fileProof(name, nonce, present(keys, name)))
  if (parts.includes('content'))
    await solve('content', async () => canaryProof(nonce, await openCanaryIn(keysDir, challenge.content, ids)))
  if (parts.includes('ledger'))
    await solve('ledger', async () => {
      present(keys, 'ledger.key')
      const signer = await openFileSigner({ path: join(keysDir, 'ledger.key'), ids })
      return await signNote(drillText(id, nonce), [signer])
    })
  if (parts.includes('weights')) {
    const beganMs = clock.monotonic()
    const { provider } = challenge.weights
    const given = new Map(rootKey === null ? [] : [[provider, rootKey] as const])
    const found: DrillProof[] = await vaultProofs(challenge.weights, { id, nonce }, given)
    const ms = (clock.monotonic() - beganMs) / found.length
    proofs.push(...found.map((one) => ({ ...one, ms })))
  }
  return { challenge, parts: [...parts], proofs, tookMs: clock.monotonic() - startedMs }
}

/** That somebody has the bytes of a key file, without showing them. */
export function fileProof(name: string, nonce: string, bytes: Uint8Array): string {
  return createHmac('sha256', bytes).update(`${DRILL_FORMAT}\nfile\n${name}\n${nonce}`).digest('hex')
}

/** That somebody has read the canary. */
export function canaryProof(nonce: string, words: string): string {
  return createHmac('sha256', words).update(`${DRILL_FORMAT}\ncontent\n${nonce}`).digest('hex')
}

/** What the key of the log signs. No checkpoint is of this form. */
export function drillText(id: string, nonce: string): string {
  return `${DRILL_FORMAT}\n${id}\n${nonce}\n`
}

function present(keys: Keys, name: string): Buffer {
  const bytes = keys.get(name)
  if (bytes === undefined) throw new AppError('NOT_FOUND', `${name} is not in the copy of the keys`)
  return bytes
}
