import { readOperatorToken } from '../../src/accounts/index.ts'

/** Asks a server's control plane as its operator; rejects on anything but a 2xx. */
export function operatorOf(controlUrl: string, dataDir: string) {
  const token = readOperatorToken(dataDir) ?? ''
  return async (path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${controlUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`POST ${path} was answered with ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }
}
