import { openCryptoki } from './cryptoki.ts'
import type { Answer, Ask } from './protocol.ts'
import { Refused } from './refused.ts'
import { Token } from './token.ts'

/**
 * The process that loads the maker's library: what blocks or crashes there does not stop the server, whose environment and memory it
 * never sees. It answers its parent alone, and ends with it.
 */
let token: Token | null = null

process.on('message', (ask: Ask) => process.send?.(reply(ask)))
process.on('disconnect', () => process.exit(0))

function reply(ask: Ask): Answer {
  try {
    return carryOut(ask)
  } catch (error) {
    if (error instanceof Refused) return { type: 'refused', refusal: error.refusal, detail: error.message }
    return { type: 'refused', refusal: 'device', detail: 'no CKR code' }
  }
}

function carryOut(ask: Ask): Answer {
  if (ask.type === 'open') {
    token = new Token(openCryptoki(ask.binding, ask.key.module), ask.key, ask.pin)
    return { type: 'done' }
  }
  if (token === null) throw new Refused('lost', 'not open')
  if (ask.type === 'newest') return { type: 'version', version: token.newest() }
  if (ask.type === 'encrypt') {
    const bytes = token.encrypt(ask.version, ask, ask.plain)
    ask.plain.fill(0)
    return { type: 'bytes', bytes }
  }
  if (ask.type === 'decrypt') return { type: 'bytes', bytes: token.decrypt(ask.version, ask, ask.sealed) }
  token.generate()
  return { type: 'done' }
}
