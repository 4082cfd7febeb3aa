import type { ContentConfig, SaidExchange } from '../../src/content/index.ts'
import { LedgerEvent } from '../../src/ledger/index.ts'

export const DAY_MS = 86_400_000
export const KEEP: ContentConfig = { keep: 'flagged', retentionDays: { flagged: 30, other: 7, restricted: 365 } }
export const ANALYST = { type: 'staff', id: 'per_analyst' } as const
export const REVIEW = { by: ANALYST, reason: 'review' } as const
export const PLANTED = 'the words that nobody may find'

/** Keeps what it is given, or refuses everything. */
export class MemoryLog {
  readonly events: LedgerEvent[] = []
  broken = false
  /** What the last kind of event found in the store when it was appended. */
  onAppend: (event: LedgerEvent) => Promise<void> = async () => {}
  async append(event: LedgerEvent): Promise<{ position: number }> {
    if (this.broken) throw new Error('disk gone')
    await this.onAppend(event)
    return { position: this.events.push(LedgerEvent.parse(event)) - 1 }
  }

  of(kind: string): LedgerEvent[] {
    return this.events.filter((event) => event.kind === kind)
  }
}

let count = 0
export function said(parts: Partial<SaidExchange> = {}): SaidExchange {
  const text = `say: ${PLANTED}`
  return {
    decisionId: `dec_${(count++).toString().padStart(26, '0')}`,
    atMs: Date.UTC(2026, 0, 1),
    organisation: 'org_1',
    project: 'prj_1',
    key: 'key_1',
    endUser: 'eu_1',
    flagged: true,
    labels: ['chemical'],
    turns: [
      {
        role: 'user',
        parts: [
          { kind: 'text', text, pointer: '/messages/0/content' },
          { kind: 'media', media: 'image', pointer: '/messages/0/content/1' },
        ],
      },
    ],
    completion: [{ track: 'choice 0 text', kind: 'text', text: `answer: ${PLANTED}`, releasedChars: 3 }],
    evidence: {
      prompt: [{ label: 'chemical', score: 0.9, source: '/messages/0/content', start: 5, end: text.length }],
      completion: [],
    },
    ...parts,
  }
}
