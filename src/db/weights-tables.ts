import type { RecordHeadTable, RecordTable, SealedTextTable } from './record-tables.ts'

/** The tables of the rooms under `weights`. What is counted byte by byte stands in tables of its own: it changes too often to be a document. */
export interface WeightsTables {
  weightsRecord: RecordTable
  weightsHead: RecordHeadTable
  weightsPart: WeightsPartTable
  weightsUse: WeightsUseTable
  weightsBucket: WeightsBucketTable
  weightsCoverage: WeightsCoverageTable
  insiderRecord: RecordTable
  insiderHead: RecordHeadTable
  insiderText: SealedTextTable
  insiderTurn: InsiderTurnTable
  insiderState: InsiderStateTable
  insiderImport: InsiderImportTable
}

/** A part of a file that is being put into the vault and is stored already, so that an interrupted upload goes on after it. */
export interface WeightsPartTable {
  uploadId: string
  /** Position of the file in its upload, from 0. */
  file: number
  /** From 0. */
  part: number
  /** Of plaintext. */
  bytes: number
  /** What the store needs to put the parts together; empty where it needs nothing. */
  etag: string
}

/** What a grant has given out, in bytes: it only grows, and never beyond the grant's budget. */
export interface WeightsUseTable {
  grantId: string
  bytes: number
}

/** A token bucket: how many bytes may still leave at `at`. */
export interface WeightsBucketTable {
  /** `person`, `host`, `model` or `organisation`. */
  kind: string
  id: string
  bytes: number
  at: Date
}

/** Which parts of a file a person has ever opened. */
export interface WeightsCoverageTable {
  personId: string
  /** `model/version`. */
  version: string
  path: string
  blockBytes: number
  /** Bitmap of blocks, base64; the lowest bit of the first byte is the first block. */
  blocks: string
}

/** Which process watches a ledger for insiders, and how far it is. */
export interface InsiderTurnTable {
  origin: string
  holder: string | null
  leasedUntil: Date
  /** Position that is to be read next. */
  next: number
}

/** What the watch remembers, sealed: so that a start reads only what is new. */
export interface InsiderStateTable {
  origin: string
  part: string
  /** Everything before this position is in it. */
  next: number
  at: Date
  sealed: Buffer
}

/** Activities that other sources told of, as they came, sealed. */
export interface InsiderImportTable {
  id: string
  source: string
  count: number
  firstAt: Date
  lastAt: Date
  createdAt: Date
  sealed: Buffer
}
