export function complaint(
  running: { version: string; platform: string; sha256: string },
  pinned: { version: string; sha256: Record<string, string> },
): string | null
