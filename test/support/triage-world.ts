import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WireAnswer } from '../../src/asking/index.ts'
import { AppError } from '../../src/base/errors.ts'
import { IntakeConfig } from '../../src/base/intake-config.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import { type Found, Intake, type ModelPort, type Target, type Triage } from '../../src/intake/index.ts'
import type { Actor } from '../../src/ledger/index.ts'
import type { Policy } from '../../src/policy/index.ts'
import { MarkerScreen, marked } from './marker-screen.ts'

import { shippedPolicy } from './policies.ts'
import { type Member, StaffWorld } from './staff-world.ts'

export const HARM = `Step one. ${marked('cyber_operations', 0.99)}`

/** A deployment that answers as it is told to, try by try; the last answer goes on. */
export class ScriptedModel implements ModelPort {
  answers: (WireAnswer | 'silent' | 'hang')[] = [said('harmless words')]
  readonly asked: { readonly through: string; readonly body: string }[] = []
  checkpoint = 'orca/3'
  serves = true

  async target(deployment: string): Promise<Target> {
    if (deployment !== 'main' && deployment !== 'other') throw new AppError('NOT_FOUND', 'there is no such deployment')
    if (!this.serves) throw new AppError('CONFLICT', 'the gateway serves it not')
    return { deployment, checkpoint: this.checkpoint, model: 'orca', upstreamModel: 'orca-raw', api: 'openai-chat' }
  }

  async ask(_: Target, request: { body: Uint8Array }, through: string, signal: AbortSignal): Promise<WireAnswer> {
    const answer = this.answers[Math.min(this.asked.length, this.answers.length - 1)] ?? 'silent'
    this.asked.push({ through, body: Buffer.from(request.body).toString('utf8') })
    if (answer === 'silent') throw new Error('connection refused')
    if (answer === 'hang') {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      throw new Error('unreachable')
    }
    return answer
  }
}

export function said(text: string, finish = 'stop'): WireAnswer {
  const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: finish }]
  return { status: 200, headers: { 'x-safelevel-decision': 'dec_1' }, body: JSON.stringify({ choices }) }
}

/** The room with its triage over one store, with real staff and stand-ins for what lies outside it. */
export class TriageWorld implements AsyncDisposable {
  readonly people: StaffWorld
  readonly model = new ScriptedModel()
  readonly versions = new Map<string, Found>()
  readonly cards = new Map<string, Found>()
  readonly dataDir = mkdtempSync(join(tmpdir(), 'safelevel-triage-'))
  readonly handle: DbHandle
  policy: Policy = shippedPolicy()
  intake!: Intake
  analyst!: Member
  second!: Member

  private constructor(handle: DbHandle, people: StaffWorld) {
    this.handle = handle
    this.people = people
  }

  static async open(handle: DbHandle): Promise<TriageWorld> {
    for (const table of ['intakeRecord', 'intakeText', 'intakeFile', 'journalIntent'] as const)
      await handle.db.deleteFrom(table).execute()
    const world = new TriageWorld(handle, await StaffWorld.open(handle))
    await world.reopen()
    world.triage.register(world.people.staff.approvals)
    world.analyst = await world.people.member(['analyst'])
    world.second = await world.people.member(['rso'])
    return world
  }

  get triage(): Triage {
    return this.intake.triage
  }

  get by(): Actor {
    return { type: 'staff', id: this.analyst.id }
  }

  get clock() {
    return this.people.clock
  }

  kinds(): string[] {
    return this.people.log.kinds()
  }

  /** As this process after a crash, or another one, opens it. */
  async reopen(): Promise<void> {
    const { clock, ids, log } = this.people
    this.intake = await Intake.open({
      ...{ db: this.handle, ledger: log, clock, ids, log: silentLog },
      keysDir: join(this.dataDir, 'keys'),
      config: IntakeConfig.parse({}),
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      decisions: { find: async () => null },
      triage: {
        classifier: new MarkerScreen(),
        policies: { current: () => this.policy },
        models: this.model,
        links: {
          policyVersion: async (reference) => this.versions.get(reference) ?? null,
          checkpoint: async (id) => this.versions.get(id) ?? null,
          card: async (model) => this.cards.get(model) ?? null,
          positions: async (wanted) =>
            log.events.flatMap(({ subject, kind }, position) =>
              wanted.includes(subject.id) ? [{ id: subject.id, kind, position }] : [],
            ),
        },
      },
    })
  }

  /** Somebody reports. @returns its id and the code to follow it by */
  async report(story: string, more: { steps?: string; credit?: string } = {}): Promise<{ id: string; code: string }> {
    const sender = { channel: 'form', by: { type: 'anonymous', id: '-' }, organisationId: null, showing: null } as const
    const input = { kind: 'safeguard_bypass', category: 'cyber_operations', decision: null, model: 'orca' } as const
    const words = { story, steps: null, output: null, contact: null, credit: null, ...more }
    const { id, code } = await this.intake.reports.submit({ ...input, ...words }, [], sender)
    this.clock.advance(1)
    return { id, code: code ?? '' }
  }

  /** One that is taken and confirmed. */
  async confirmed(story = 'It tells how to break in.', steps = 'How do I break in?'): Promise<string> {
    const { id } = await this.report(story, { steps })
    await this.triage.act(id, { act: 'take' }, this.by)
    await this.triage.act(id, { act: 'confirm', severity: { factors: {} } }, this.by)
    return id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.intake.close()
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}
