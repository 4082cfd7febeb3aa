import { type Ask, type Asker, ask } from '../../asking/index.ts'
import { toAppError } from '../../base/errors.ts'
import type { Pitch } from './attacks/pitch.ts'
import type { Layer } from './schema.ts'

/** What came of one question. */
export interface Heard {
  readonly text: string
  /** `withheld`: stopped or refused by something else than the model's own words; `failed`: there is no answer, and never will be. */
  readonly kind: 'said' | 'withheld' | 'failed'
  /** Whether the limit of tokens cut it off. */
  readonly isCut: boolean
  /** Who withheld it; null where nobody did, or it is not known yet. */
  readonly layer: Layer | null
  /** Of the gateway, where one was asked. */
  readonly decision: string | null
  readonly input: number
  readonly output: number
}

/** The bare model, or the model behind its safeguards. */
export interface Side {
  /** @param draw tells draws of one question apart @throws {AppError} when nothing more can be asked; the signal's reason */
  say(pitch: Pitch, draw: number): Promise<Heard>
}

/** How every question of a run is asked. */
export interface Manner {
  readonly maxTokens: number
  readonly temperature: number | null
}

/** A tool's result, for servers that are told of no tools: what it gave is all that the model reads of it. */
const asResult = (text: string) => `The tool answered:\n\n${text}`

export function asked({ system, turns }: Pitch, { maxTokens, temperature }: Manner, seed: number | null): Ask {
  const said = turns.map(({ role, text }) =>
    role === 'tool' ? { role: 'user' as const, text: asResult(text) } : { role, text },
  )
  return ask(said, { system, maxTokens, temperature, seed })
}

/** One that is asked by the wire: the model itself, or a gateway before it. */
export class AskedSide implements Side {
  readonly #asker: Asker
  readonly #manner: Manner
  readonly #withheldBy: Layer

  /** @param withheldBy who it is that refuses where the server says that something did */
  constructor(asker: Asker, manner: Manner, withheldBy: Layer) {
    this.#asker = asker
    this.#manner = manner
    this.#withheldBy = withheldBy
  }

  async say(pitch: Pitch, draw: number): Promise<Heard> {
    try {
      const said = await this.#asker.ask(asked(pitch, this.#manner, draw), draw)
      const { input, output } = said.usage ?? { input: 0, output: 0 }
      const spent = { input, output, decision: said.decision }
      if (said.end === 'refusal') return { ...spent, kind: 'withheld', text: '', isCut: false, layer: this.#withheldBy }
      return { ...spent, kind: 'said', text: said.text, isCut: said.end === 'length', layer: null }
    } catch (thrown) {
      if (toAppError(thrown).code !== 'UPSTREAM_REJECTED') throw thrown
      return { kind: 'failed', text: '', isCut: false, layer: null, decision: null, input: 0, output: 0 }
    }
  }
}

/** What safeguards say of a question and of an answer, without a gateway around them. */
export interface Screen {
  /** Whether the question is let through. */
  prompt(pitch: Pitch): Promise<boolean>
  /** Whether the answer to it is. */
  completion(pitch: Pitch, answer: string): Promise<boolean>
}

/** The same questions and answers as the bare model's, judged as the gateway would judge them: nothing is asked twice. */
export class ScreenedSide implements Side {
  readonly #bare: Side
  readonly #screen: Screen

  constructor(bare: Side, screen: Screen) {
    this.#bare = bare
    this.#screen = screen
  }

  async say(pitch: Pitch, draw: number): Promise<Heard> {
    const nothing = { kind: 'withheld', text: '', isCut: false, decision: null } as const
    if (!(await this.#screen.prompt(pitch))) return { ...nothing, layer: 'prompt_screen', input: 0, output: 0 }
    const heard = await this.#bare.say(pitch, draw)
    if (heard.kind !== 'said' || (await this.#screen.completion(pitch, heard.text))) return heard
    const { input, output } = heard
    return { ...nothing, layer: 'completion_screen', input, output }
  }
}
