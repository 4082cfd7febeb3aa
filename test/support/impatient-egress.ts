import type { KeyEgress } from '../../src/weights/vault/keys/key-server.ts'

/** Waits a twentieth of a second where the product waits for seconds. It ends in the same error: that of an aborted request. */
export const impatient: KeyEgress = {
  async fetchSmall(url, request = {}) {
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(50) })
    return { status: answer.status, headers: {}, body: await answer.text() }
  },
}
