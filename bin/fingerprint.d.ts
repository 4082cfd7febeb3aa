/** @returns null: there are no sources */
export function fingerprint(root: string): string | null
