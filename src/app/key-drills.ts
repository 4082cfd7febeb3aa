import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  canaryProof,
  DRILL_FORMAT,
  DRILL_PARTS,
  type DrillAnswer,
  DrillChallenge,
  type DrillPart,
  type DrillPiece,
  type DrillReport,
  drillText,
  fileProof,
  ROOT_KEY_FILE,
  readKeys,
} from '../backup/index.ts'
import { type Clock, iso } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Content } from '../content/index.ts'
import { keysDirOf } from '../db/index.ts'
import { toEvent } from '../journal/index.ts'
import { type Actor, canonicalJson, type Ledger, openNote, parseVkey } from '../ledger/index.ts'
import type { Vault } from '../weights/vault/index.ts'

const HOUR_MS = 3_600_000
const NONCE_BYTES = 32

export interface KeyDrillDeps {
  readonly config: Config
  readonly ledger: Ledger
  readonly content: Pick<Content, 'canary' | 'openCanary'>
  readonly vault: Pick<Vault, 'canary' | 'proofs'>
  readonly clock: Clock
  readonly ids: Ids
}

/**
 * Drills for keys that are lost: hands out wrapped keys and canaries, and looks whether whoever has only the copies opened them. No key leaves, and none
 * comes in. That the copies were really used, and not the keys in use, is for whoever runs the drill to say.
 */
export class KeyDrills {
  readonly #deps: KeyDrillDeps
  constructor(deps: KeyDrillDeps) {
    this.#deps = deps
  }

  /** @param files of how many files in the vault the wrapped keys are tried @throws {AppError} as the root key's `wrap` */
  async begin(files: number): Promise<DrillChallenge> {
    const { clock, ids, config, content, vault, ledger } = this.#deps
    const id = ids.next('kdr')
    const words = () => ids.bytes(NONCE_BYTES).toString('hex')
    const asked = {
      format: DRILL_FORMAT,
      id,
      at: iso(clock.now()),
      nonce: ids.bytes(NONCE_BYTES).toString('hex'),
      files: [...(readKeys(keysDirOf(config))?.keys() ?? [])].filter((name) => name !== ROOT_KEY_FILE).sort(),
      content: await content.canary(id, words()),
      ledger: { vkey: ledger.vkey },
      weights: await vault.canary(id, { words: words(), files }),
    } as const
    return { ...asked, mac: await this.#mac(asked) }
  }

  /**
   * Judges what was recovered and puts it on the ledger, whichever way it went.
   *
   * @throws {AppError} VERIFICATION_FAILED: not asked by this server; CONFLICT: longer than an hour ago; LEDGER_UNAVAILABLE
   */
  async finish({ challenge, parts, proofs, tookMs }: DrillAnswer, by: Actor): Promise<DrillReport> {
    const { clock, ledger } = this.#deps
    const { mac, ...asked } = challenge
    if (!timingSafeEqual(Buffer.from(mac, 'hex'), Buffer.from(await this.#mac(asked), 'hex')))
      throw new AppError('VERIFICATION_FAILED', 'this server did not ask for that')
    if (Date.parse(challenge.at) + HOUR_MS <= clock.now())
      throw new AppError('CONFLICT', 'the drill began more than an hour ago: begin another')
    const given = new Map(proofs.map((one) => [one.piece, one]))
    const pieces: DrillPiece[] = []
    for (const { piece, matches } of await this.#expected(challenge, new Set(parts))) {
      const { proof = null, why = 'NOT_FOUND', ms = 0 } = given.get(piece) ?? {}
      const outcome = proof === null ? 'lost' : (await matches(proof)) ? 'recovered' : 'other'
      pieces.push({ piece, outcome, why: outcome === 'lost' ? why : null, ms })
    }
    const passed = pieces.length > 0 && pieces.every(({ outcome }) => outcome === 'recovered')
    const report = {
      id: challenge.id,
      at: iso(clock.now()),
      passed,
      parts,
      provider: challenge.weights.provider,
      pieces,
      tookMs,
    }
    const named = (wanted: DrillPiece['outcome']) =>
      pieces.filter(({ outcome }) => outcome === wanted).map(({ piece }) => piece)
    const data = {
      ...{ passed, parts, recovered: named('recovered').length, lost: named('lost'), other: named('other') },
      ...{
        rootKey: report.provider.split(':')[0] ?? '',
        files: challenge.weights.files.length,
        tookMs: Math.round(tookMs),
      },
    }
    const subject = { type: 'key_drill', id: challenge.id }
    // One that left something out never stands for a whole one.
    const kind = parts.length === DRILL_PARTS.length ? 'system.key_drill' : 'system.key_drill_partial'
    await ledger.append(toEvent(this.#deps, by, { kind, subject, data }))
    return report
  }

  async #expected({ id, nonce, files, content, ledger, weights }: DrillChallenge, parts: ReadonlySet<DrillPart>) {
    const expected: { piece: string; matches: (proof: string) => boolean | Promise<boolean> }[] = []
    if (parts.has('files')) {
      const held = readKeys(keysDirOf(this.#deps.config)) ?? new Map<string, Buffer>()
      for (const name of files) {
        const bytes = held.get(name)
        // One that was rotated away meanwhile is nobody's to recover.
        if (bytes !== undefined) expected.push({ piece: name, matches: same(fileProof(name, nonce, bytes)) })
      }
    }
    if (parts.has('content')) {
      const words = await this.#deps.content.openCanary(content)
      expected.push({ piece: 'content', matches: same(canaryProof(nonce, words)) })
    }
    if (parts.has('ledger'))
      expected.push({ piece: 'ledger', matches: (proof) => isSigned(proof, drillText(id, nonce), ledger.vkey) })
    if (parts.has('weights'))
      for (const { piece, proof } of await this.#deps.vault.proofs(weights, { id, nonce })) {
        // What the keys in use don't open either was not lost with them: `vault fsck` says so.
        if (proof !== null) expected.push({ piece, matches: same(proof) })
      }
    return expected
  }

  async #mac(asked: Omit<DrillChallenge, 'mac'>): Promise<string> {
    const key = await readFile(join(keysDirOf(this.#deps.config), 'digest.key'))
    const text = canonicalJson(DrillChallenge.omit({ mac: true }).parse(asked))
    return createHmac('sha256', key).update(`${DRILL_FORMAT}\nchallenge\n${text}`).digest('hex')
  }
}

function same(expected: string): (proof: string) => boolean {
  return (proof) => {
    const given = Buffer.from(proof)
    const known = Buffer.from(expected)
    return given.length === known.length && timingSafeEqual(given, known)
  }
}

async function isSigned(note: string, text: string, vkey: string): Promise<boolean> {
  try {
    return (await openNote(note, [await parseVkey(vkey)])).text === text
  } catch {
    return false
  }
}
