/** Why the operating system, or a program of others, refused: `ENOENT`, `EADDRINUSE`; null where it doesn't say. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
