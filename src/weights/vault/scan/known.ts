/** A file as the vault knows it. */
export interface KnownFile {
  /** `model/version` */
  readonly version: string
  /** Within it. */
  readonly path: string
  readonly sizeBytes: number
  /** Hex, of the plain bytes. */
  readonly sha256: string
}

/** A registered copy that stands. */
export interface KnownCopy {
  readonly id: string
  readonly version: string
  /** As it was registered: `HOST:/ABSOLUTE/PATH` for a place that can be recognised. */
  readonly place: string
}

/** What the vault and its register of copies say of this host. */
export class Known {
  readonly #bySize = new Map<number, KnownFile[]>()
  readonly #copies: { readonly id: string; readonly version: string; readonly folder: string }[] = []

  /** @param host The name by which copies on this machine are registered. */
  constructor(files: Iterable<KnownFile>, copies: Iterable<KnownCopy>, host: string) {
    for (const file of files) this.#bySize.set(file.sizeBytes, [...(this.#bySize.get(file.sizeBytes) ?? []), file])
    for (const { id, version, place } of copies) {
      const folder = place.startsWith(`${host}:/`) ? place.slice(host.length + 1) : null
      if (folder !== null) this.#copies.push({ id, version, folder })
    }
  }

  /** Whether a file of this size may be one of the vault's: only then is it worth the reading. */
  hasSize(sizeBytes: number): boolean {
    return this.#bySize.has(sizeBytes)
  }

  /** The files of the vault with these bytes: one file may be part of many versions. */
  filesWith(sizeBytes: number, sha256: string): readonly KnownFile[] {
    return (this.#bySize.get(sizeBytes) ?? []).filter((file) => file.sha256 === sha256)
  }

  /** The registered copy of one of these files in whose place a path lies. */
  copyAt(path: string, files: readonly KnownFile[]): { readonly copy: string; readonly file: KnownFile } | null {
    for (const { id, version, folder } of this.#copies) {
      if (!isWithin(path, folder)) continue
      const file = files.find((one) => one.version === version)
      if (file !== undefined) return { copy: id, file }
    }
    return null
  }
}

/** Whether a path is a folder or lies in it. Both absolute and without `..`. */
export function isWithin(path: string, folder: string): boolean {
  const trimmed = folder.replace(/\/+$/, '')
  return path === trimmed || path.startsWith(`${trimmed}/`)
}
