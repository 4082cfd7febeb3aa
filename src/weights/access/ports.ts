import type { Actor } from '../../ledger/index.ts'
import type { Role } from '../../staff/index.ts'

/** What of a version matters to who may open it. */
export interface VersionFacts {
  readonly id: string
  readonly model: string
  readonly state: 'sealed' | 'erased'
  readonly decoy: boolean
  readonly sizeBytes: number
  readonly manifestDigest: string
}

/** The vault, as far as access needs it. */
export interface VaultPort {
  find(version: string): Promise<VersionFacts | null>
  files(version: string): Promise<readonly { readonly path: string; readonly canary: boolean }[]>
  /** When the whole version was last decrypted and compared, and whether it was as it should be; null = never. */
  lastDeepCheck(version: string): Promise<{ readonly at: string; readonly ok: boolean } | null>
  /** Seals random data as a version that looks like any other. */
  plantModel(decoy: { model: string; version: string; sizeBytes: number }, by: Actor): Promise<unknown>
  /** Seals random data as one more file of a version, which its manifest does not list. */
  plantFile(decoy: { version: string; path: string; sizeBytes: number }, by: Actor): Promise<unknown>
}

/** People, as far as access needs them. */
export interface PeoplePort {
  /** Roles in force now, those held as a deputy too; none for who has left. */
  rolesOf(personId: string): Promise<ReadonlySet<Role>>
}
