import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'
import { IntakeConfig } from '../../src/base/intake-config.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import { type FlaggedDecision, Intake, ReportInput, type Sender } from '../../src/intake/index.ts'
import { MemoryLog } from './staff-world.ts'

export const BY_FORM: Sender = {
  channel: 'form',
  by: { type: 'anonymous', id: '-' },
  organisationId: null,
  showing: null,
}

let seed = 1

/** The room over one store, emptied at the start, with decisions that a test makes up. */
export class IntakeWorld implements AsyncDisposable {
  readonly clock = new ManualClock(Date.UTC(2026, 10, 2))
  readonly ids = seededIds(this.clock, seed++ * 6_151)
  readonly log = new MemoryLog()
  readonly decisions = new Map<string, FlaggedDecision>()
  readonly keysDir = mkdtempSync(join(tmpdir(), 'safelevel-intake-'))
  readonly handle: DbHandle
  readonly config: IntakeConfig
  intake!: Intake

  private constructor(handle: DbHandle, config: Partial<IntakeConfig>) {
    this.handle = handle
    this.config = IntakeConfig.parse(config)
  }

  static async open(handle: DbHandle, config: Partial<IntakeConfig> = {}): Promise<IntakeWorld> {
    for (const table of ['intakeRecord', 'intakeText', 'intakeFile', 'journalIntent'] as const)
      await handle.db.deleteFrom(table).execute()
    const world = new IntakeWorld(handle, config)
    world.intake = await world.another()
    return world
  }

  /** The room anew over the same store and keys, as after a restart. */
  another(): Promise<Intake> {
    return Intake.open({
      db: this.handle,
      ledger: this.log,
      clock: this.clock,
      ids: this.ids,
      log: silentLog,
      keysDir: this.keysDir,
      config: this.config,
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      decisions: { find: async (id) => this.decisions.get(id) ?? null },
    })
  }

  get reports() {
    return this.intake.reports
  }

  /** A report that differs from all others, and its code. */
  async file(given: Partial<ReportInput> = {}, sender: Sender = BY_FORM): Promise<{ id: string; code: string }> {
    const input = ReportInput.parse({
      kind: 'harmful_output',
      story: `It happened again. ${this.ids.next('x')}`,
      ...given,
    })
    const { id, code } = await this.reports.submit(input, [], sender)
    if (code === null) throw new Error('received before')
    return { id, code }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.intake.close()
    rmSync(this.keysDir, { recursive: true, force: true })
  }
}
