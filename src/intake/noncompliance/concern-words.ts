import type { Ids } from '../../base/ids.ts'
import type { Db } from '../../db/index.ts'
import { type SealedText, SealedTexts } from '../../journal/index.ts'
import { textsOf } from '../store.ts'
import type { Concern, ConcernWithWords, Message } from './schema.ts'

type Words = Omit<ConcernWithWords, 'concern'>
const FROM = ['reporter', 'staff'] as const

/** What is written in concerns: sealed, each under its concern and its part. */
export class ConcernWords {
  readonly #db: Db
  readonly #texts: SealedTexts<string>

  /** @param key 32 bytes */
  constructor(db: Db, key: Uint8Array, ids: Ids) {
    this.#db = db
    this.#texts = new SealedTexts('safelevel.noncompliance', key, ids)
  }

  seal(concern: string, part: 'story' | 'name' | 'conclusion', text: string): SealedText {
    return this.#texts.seal(concern, part, text)
  }

  message(concern: string, from: (typeof FROM)[number], number: number, text: string): SealedText {
    return this.#texts.seal(concern, numbered(from, number), text)
  }

  action(concern: string, number: number, text: string): SealedText {
    return this.#texts.seal(concern, numbered('action', number), text)
  }

  /** All of them. @throws {AppError} VERIFICATION_FAILED */
  async of({ id, history, filedAt }: Concern): Promise<Words> {
    const words = this.#texts.openAll(await textsOf(this.#db, id))
    const all = (name: string) =>
      [...words].flatMap(([part, text]) =>
        part.startsWith(`${name}/`) ? [{ number: Number(part.slice(name.length + 1)), text }] : [],
      )
    const times = history.filter(({ step }) => step === 'answered' || step === 'written')
    const messages = FROM.flatMap((from) =>
      all(from).map((one): Message => ({ ...one, from, at: times[one.number - 1]?.at ?? filedAt })),
    )
    return {
      story: words.get('story') ?? '',
      name: words.get('name') ?? null,
      messages: messages.toSorted((a, b) => a.number - b.number),
      actions: all('action').map(({ number, text }) => ({ number, words: text })),
      conclusion: words.get('conclusion') ?? null,
    }
  }
}

function numbered(name: string, number: number): string {
  return `${name}/${String(number).padStart(4, '0')}`
}
