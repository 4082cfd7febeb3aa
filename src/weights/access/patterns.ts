/** A file as a grant sees it. */
export interface CoverableFile {
  readonly path: string
  /** Sealed as a decoy. */
  readonly canary: boolean
}

/**
 * Whether a grant for these patterns covers a file. A pattern is a whole path, or a beginning and a `*`; a `*` elsewhere stands for itself.
 * A canary is covered by its whole path alone, so that nobody who asks for everything touches one by chance.
 */
export function covers(patterns: readonly string[], { path, canary }: CoverableFile): boolean {
  return patterns.some((pattern) => {
    if (!pattern.endsWith('*')) return pattern === path
    return !canary && path.startsWith(pattern.slice(0, -1))
  })
}

/** Positions of patterns that cover none of these files. */
export function emptyPatterns(patterns: readonly string[], files: readonly CoverableFile[]): number[] {
  return patterns.flatMap((pattern, i) => (files.some((file) => covers([pattern], file)) ? [] : [i]))
}
