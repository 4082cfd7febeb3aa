import type { Page } from '../../base/page.ts'
import type { Access } from '../access/index.ts'
import type { TensorIndex } from '../vault/index.ts'

/** Of a grant, what reading goes by. */
export interface ReadingGrant {
  readonly id: string
  readonly personId: string
  readonly device: string
  /** The host for which that device stands. */
  readonly host: string
  /** RFC 7638 thumbprint of the device's key. */
  readonly thumbprint: string
  /** `model/version`. */
  readonly version: string
  /** Of the version that was agreed to. */
  readonly manifestDigest: string
  /** Paths, or beginnings of paths that end in `*`. */
  readonly files: readonly string[]
  readonly budgetBytes: number
  readonly expiresAt: string
}

/** Who may read what: answered by the room of access. */
export interface AccessPort {
  /** From the store or not older than 300 ms. @throws {AppError} when nobody may read under it now, with that device: also where the model is locked */
  requireActive(grantId: string, thumbprint: string): Promise<ReadingGrant>
  /** Whether `asl3-stretch` is on: then nothing is read without a budget. */
  isStretchOn(): Promise<boolean>
  /** Everything that it allows was given out. */
  spent(grantId: string): Promise<void>
  /** Somebody begins to read a version, or asks for a file that is a decoy: where either is one, the alarm goes off, and to them nothing differs. */
  touched(touch: CanaryTouch): Promise<void>
}

export interface CanaryTouch {
  readonly personId: string
  readonly grantId: string
  readonly device: string
  readonly version: string
  /** Null = the version, for a session. */
  readonly path: string | null
}

/** The room of access as this one asks it. */
export function accessPort({ grants, overlay, canaries }: Pick<Access, 'grants' | 'overlay' | 'canaries'>): AccessPort {
  return {
    requireActive: (grantId, thumbprint) => grants.requireActive(grantId, thumbprint),
    spent: (grantId) => grants.spent(grantId),
    isStretchOn: async () => overlay.now().on,
    touched: async ({ personId, grantId, device, version, path }) => {
      const [paths, via] = path === null ? [[], 'session' as const] : [[path], 'read' as const]
      await canaries.touched({ version, paths, via, personId, device, grant: grantId }, { type: 'staff', id: personId })
    },
  }
}

export interface ReadableVersion {
  readonly id: string
  readonly model: string
  readonly state: string
  readonly decoy: boolean
  readonly sizeBytes: number
  readonly fileCount: number
  readonly manifestDigest: string
}

export interface ReadableFile {
  readonly path: string
  /** In its version, from 0. */
  readonly position: number
  readonly sizeBytes: number
  readonly sha256: string
  readonly segmentBytes: number
  readonly canary: boolean
}

/** A file whose key is at hand; disposing forgets it. */
export interface OpenVaultFile extends Disposable {
  tensors(): Promise<TensorIndex | null>
  /** Plaintext, in order. A piece is good until the next one is asked for. */
  range(start: number, length: number): AsyncGenerator<Buffer, void, undefined>
}

/** Where weights are: answered by the vault, which asks nobody whether it may. */
export interface VaultPort {
  readonly versions: {
    get(id: string): Promise<ReadableVersion>
    list(query: { readonly limit: number; readonly after?: string | undefined }): Promise<Page<ReadableVersion>>
    /** Always in the same order. */
    files(id: string): Promise<readonly ReadableFile[]>
  }
  openFile(version: string, path: string, options: { readonly signal: AbortSignal }): Promise<OpenVaultFile>
}
