import { hash } from 'node:crypto'
import { iso } from '../../base/clock.ts'
import { spanOf } from '../../base/quarter.ts'
import { canonicalJson } from '../../ledger/index.ts'
import type { ReportSources } from './facts.ts'
import type { CompiledSection, ReportDocument, ReportKind, ReportSummary, StoredReport } from './schema.ts'
import { TEMPLATES } from './templates.ts'

export interface Compiling {
  readonly id: string
  readonly kind: ReportKind
  readonly quarter: string
  readonly edition: number
  readonly organisation: string
  readonly nowMs: number
}

/** A report as the records have it now, with nothing said yet where people must speak. */
export async function compileDocument(sources: ReportSources, { nowMs, ...about }: Compiling): Promise<ReportDocument> {
  const { title, compiled, written } = TEMPLATES[about.kind]
  const { fromMs, untilMs } = spanOf(about.quarter)
  const coverage = { fromMs, untilMs: Math.min(untilMs, nowMs), nowMs }
  // One for all sections, so that none tells of another instant than the next.
  const board = await sources.controls.board()
  const known = {
    ...sources,
    controls: { board: async () => board, changes: (limit: number) => sources.controls.changes(limit) },
  }
  const sections: CompiledSection[] = []
  for (const [id, compile] of Object.entries(compiled)) sections.push({ id, ...(await compile(known, coverage)) })
  return {
    ...{ format: 'safelevel-control-report/v1', ...about, title },
    ...{ from: iso(fromMs), until: iso(coverage.untilMs), compiledAt: iso(nowMs), compiled: sections },
    written: written.map((section) => ({ ...section, text: null, by: null, at: null })),
    redactions: [],
  }
}

/** What is new of one, with what people wrote in the other. */
export function keepWords(fresh: ReportDocument, { id, edition, written, redactions }: ReportDocument): ReportDocument {
  const said = new Map(written.map((section) => [section.id, section]))
  const kept = fresh.written.map((section) => {
    const { text = null, by = null, at = null } = said.get(section.id) ?? {}
    return { ...section, text, by, at }
  })
  return { ...fresh, id, edition, written: kept, redactions }
}

/** What is signed: SHA-256 of the document as canonical JSON, hex. */
export function documentDigest(document: ReportDocument): string {
  return hash('sha256', canonicalJson(document))
}

/** Sections that nobody has written and somebody must. */
export function missingIn({ written }: ReportDocument): string[] {
  return written.filter(({ required, text }) => required && text === null).map(({ id }) => id)
}

/** Redactions that would take nothing out, since what they name is not there (any more). */
export function emptyRedactions({ compiled, written, redactions }: ReportDocument): string[] {
  const texts = new Map(written.map(({ id, text }) => [id, text]))
  const parts = new Set(compiled.map(({ id }) => id))
  return redactions.flatMap(({ id, section, passage }) => {
    const text = texts.get(section)
    const isThere = passage === null ? parts.has(section) || text != null : text?.includes(passage) === true
    return isThere ? [] : [id]
  })
}

/** What can be told of it without opening it. */
export function summaryOf({ document, signature, receipts }: StoredReport): ReportSummary {
  const { id, kind, title, quarter, edition, from, until, compiledAt, redactions } = document
  const { signers, recipients, public: isPublic } = TEMPLATES[kind]
  const waitsFor = recipients.filter((role) => !receipts.some((receipt) => receipt.role === role))
  return {
    ...{ id, kind, title, quarter, edition, from, until, compiledAt, missing: missingIn(document) },
    state: signature === null ? 'draft' : waitsFor.length === 0 ? 'delivered' : 'signed',
    ...{ signers: [...signers], recipients: [...recipients], waitsFor, signature, receipts },
    ...{ public: isPublic, redactions: redactions.length },
  }
}
