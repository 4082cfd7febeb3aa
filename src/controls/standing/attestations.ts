import { hash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import { canonicalJson } from '../../ledger/index.ts'
import { type Role, staffActor } from '../../staff/index.ts'
import type { AttestationNote, Attestations as AttestationsPort } from '../probes/world.ts'
import { type ControlsContext, DAY_MS } from './context.ts'
import { ATTESTATION, records } from './records.ts'
import { type ControlAttestation, NewAttestation } from './schema.ts'
import { counts } from './state.ts'

/** Who attests: a person, with the roles that they hold now. */
export interface Attester {
  readonly person: string
  readonly roles: ReadonlySet<Role>
}

/** What people who answer for controls say of them, under their own names. The newest counts, until it expires. */
export class Attestations implements AttestationsPort {
  readonly #context: ControlsContext

  constructor(context: ControlsContext) {
    this.#context = context
  }

  /**
   * Puts on record that a control holds, or that it does not. Whoever lets people in has seen to it that they touched their security key.
   *
   * @throws {AppError} NOT_FOUND; FORBIDDEN for who doesn't hold the role that answers for it; REQUEST_INVALID; LEDGER_UNAVAILABLE
   */
  async attest(id: string, input: NewAttestation, by: Attester): Promise<ControlAttestation> {
    const { catalogue, clock, ids, journal, ledger } = this.#context
    const control = catalogue().control(id)
    const { holds, statement, references, days = control.freshDays } = NewAttestation.parse(input)
    if (![...by.roles].some((role) => role === control.owner))
      throw new AppError('FORBIDDEN', `the role ${control.owner} answers for ${control.id}: one who holds it attests`)
    if (days > control.freshDays)
      throw new AppError(
        'REQUEST_INVALID',
        `days: what is said of ${control.id} counts for ${control.freshDays} at most`,
      )
    if (references.some(({ entry }) => entry !== null && entry >= ledger.size))
      throw new AppError('REQUEST_INVALID', 'references: the ledger has no such entry')
    const nowMs = clock.now()
    const said = { control: control.id, holds, statement, references, by: by.person }
    const told = { ...said, at: iso(nowMs), until: iso(nowMs + days * DAY_MS) }
    const digest = hash('sha256', canonicalJson(told))
    const made: ControlAttestation = { id: ids.next('cat'), ...told, digest }
    await journal.make(staffActor(by.person), async () => ({
      events: [
        {
          kind: 'control.attested',
          subject: { type: 'control', id: control.id },
          digests: { attestation: digest },
          data: { attestation: made.id, holds, until: made.until },
        },
      ],
      puts: [put(ATTESTATION, made)],
      result: null,
    }))
    return made
  }

  async fresh(control: string): Promise<AttestationNote | null> {
    const newest = await this.newest(control)
    return counts(newest, this.#context.clock.now()) ? newest : null
  }

  async newest(control: string): Promise<ControlAttestation | null> {
    return (await this.of(control, 1))[0] ?? null
  }

  /** Newest first. */
  of(control: string, limit: number): Promise<ControlAttestation[]> {
    return records.list(this.#context.db.db, ATTESTATION, { about: control, order: 'latest', limit })
  }

  /** The newest of each control. */
  async newestOfAll(): Promise<ReadonlyMap<string, ControlAttestation>> {
    const newest = await records.latestOfEach(this.#context.db.db, ATTESTATION)
    return new Map(newest.map((one) => [one.control, one]))
  }
}
