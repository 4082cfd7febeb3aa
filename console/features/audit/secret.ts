const BYTES = 24
const KEY = 'audit-secret:'

/** 24 random bytes as base64url. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** What an order says of a secret: its SHA-256, hex. */
export async function commitmentTo(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Until the sample is drawn the secret stays in this tab, and nowhere else. */
export function keepSecret(sample: string, secret: string): void {
  sessionStorage.setItem(KEY + sample, secret)
}

export function keptSecret(sample: string): string {
  return sessionStorage.getItem(KEY + sample) ?? ''
}

export function forgetSecret(sample: string): void {
  sessionStorage.removeItem(KEY + sample)
}
