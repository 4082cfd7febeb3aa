import { AppError } from '../../../base/errors.ts'
import { bertCharacter, type CharacterKind } from './bert-characters.ts'

/** Longer words, in code points, become one unknown token. */
const MAX_WORD_CHARACTERS = 100
const CONTINUES = '##'

/** A text as tokens: ids, and where each stands in the text, characters [starts[i], ends[i]). */
export interface Tokens {
  readonly ids: readonly number[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Ids of the tokens that frame an input. */
export interface SpecialTokens {
  readonly padding: number
  readonly unknown: number
  readonly start: number
  readonly separator: number
}

const ASCII = Array.from({ length: 128 }, (_, code) => bertCharacter(code))

/**
 * BERT's uncased WordPiece tokenizer, with offsets. Time is linear in the text: a word has at most 100 characters and each of
 * its positions is looked up at most as often as the longest entry of the vocabulary is long.
 *
 * Differs from the reference in two things, on purpose: the names of special tokens (`[SEP]`) in a text are ordinary characters,
 * so that nobody can end a text in the middle; and characters are classed by the Unicode version of the running Node.
 */
export class WordPiece {
  readonly special: SpecialTokens
  readonly size: number
  readonly #first = new Map<string, number>()
  readonly #rest = new Map<string, number>()
  readonly #longest: number

  /**
   * @param vocabulary one token a line, its id being its line; UTF-8 text
   * @throws {AppError} CONFIG_INVALID when a token stands twice or a special one is missing
   */
  constructor(vocabulary: string) {
    const lines = vocabulary.replace(/\r?\n$/, '').split(/\r?\n/)
    let longest = 0
    for (const [id, token] of lines.entries()) {
      const continues = token.startsWith(CONTINUES) && token.length > CONTINUES.length
      const piece = continues ? token.slice(CONTINUES.length) : token
      const pieces = continues ? this.#rest : this.#first
      if (pieces.has(piece)) throw new AppError('CONFIG_INVALID', 'the vocabulary of the encoder has a token twice')
      pieces.set(piece, id)
      longest = Math.max(longest, piece.length)
    }
    this.#longest = longest
    this.size = lines.length
    this.special = {
      padding: this.#takeSpecial('[PAD]'),
      unknown: this.#takeSpecial('[UNK]'),
      start: this.#takeSpecial('[CLS]'),
      separator: this.#takeSpecial('[SEP]'),
    }
  }

  #takeSpecial(token: string): number {
    const id = this.#first.get(token)
    if (id === undefined) throw new AppError('CONFIG_INVALID', `the vocabulary of the encoder lacks ${token}`)
    this.#first.delete(token)
    return id
  }

  /** All tokens of a text, without special ones. Never throws. */
  encode(text: string): Tokens {
    const tokens: GrowingTokens = { ids: [], starts: [], ends: [] }
    const word = new WordInProgress()
    for (let i = 0; i < text.length; ) {
      const unit = text.charCodeAt(i)
      const codePoint = unit < 0xd800 ? unit : (text.codePointAt(i) ?? unit)
      const end = i + (codePoint > 0xffff ? 2 : 1)
      const { kind, text: normal } = (unit < 128 ? ASCII[unit] : undefined) ?? bertCharacter(codePoint)
      if (endsWord(kind) && word.text !== '') {
        this.#addWord(word, tokens)
        word.clear()
      }
      if (kind === 'word') word.add(normal, i, end)
      else if (kind === 'alone') {
        tokens.ids.push(this.#first.get(normal) ?? this.special.unknown)
        tokens.starts.push(i)
        tokens.ends.push(end)
      }
      i = end
    }
    if (word.text !== '') this.#addWord(word, tokens)
    return tokens
  }

  /** Longest match first; a word with a stretch that nothing matches is unknown as a whole. */
  #addWord(word: WordInProgress, tokens: GrowingTokens): void {
    const { text } = word
    const whole = word.characters <= MAX_WORD_CHARACTERS ? this.#first.get(text) : this.special.unknown
    if (whole !== undefined) {
      push(tokens, whole, word.start(0), word.end(text.length))
      return
    }
    const before = tokens.ids.length
    for (let at = 0; at < text.length; ) {
      const pieces = at === 0 ? this.#first : this.#rest
      let end = Math.min(text.length, at + this.#longest)
      let id: number | undefined
      for (; end > at; end--) {
        id = pieces.get(text.slice(at, end))
        if (id !== undefined) break
      }
      if (id === undefined) {
        truncate(tokens, before)
        push(tokens, this.special.unknown, word.start(0), word.end(text.length))
        return
      }
      push(tokens, id, word.start(at), word.end(end))
      at = end
    }
  }
}

interface GrowingTokens {
  readonly ids: number[]
  readonly starts: number[]
  readonly ends: number[]
}

function endsWord(kind: CharacterKind): boolean {
  return kind === 'space' || kind === 'alone'
}

function push(tokens: GrowingTokens, id: number, start: number, end: number): void {
  tokens.ids.push(id)
  tokens.starts.push(start)
  tokens.ends.push(end)
}

function truncate(tokens: GrowingTokens, length: number): void {
  tokens.ids.length = length
  tokens.starts.length = length
  tokens.ends.length = length
}

/** The letters of a word so far, with where each came from: dropped characters and ligatures shift them. */
class WordInProgress {
  text = ''
  characters = 0
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  add(normal: string, start: number, end: number): void {
    // a word without end is unknown anyway: what is past the limit need not be kept, but for where it ends
    if (this.characters > MAX_WORD_CHARACTERS) {
      this.#ends[this.text.length - 1] = end
      return
    }
    this.text += normal
    for (let i = 0; i < normal.length; i++) {
      this.#starts.push(start)
      this.#ends.push(end)
    }
    this.characters += normal.length === 1 ? 1 : [...normal].length
  }

  start(at: number): number {
    return this.#starts[at] ?? 0
  }

  /** Where the character that ends before `at` ends. */
  end(at: number): number {
    return this.#ends[at - 1] ?? 0
  }

  clear(): void {
    this.text = ''
    this.characters = 0
    this.#starts.length = 0
    this.#ends.length = 0
  }
}
