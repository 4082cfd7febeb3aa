import { isJsonObject } from '../../../base/json.ts'
import { notOfDialect } from '../answer-reading.ts'
import { ChoiceStreamReader } from '../choice-stream.ts'
import { readChoice } from './completion.ts'
import { refusalId } from './refusal.ts'
import { ANSWER } from './shapes.ts'

/** Reads a streamed Chat Completions answer. @see https://platform.openai.com/docs/api-reference/chat-streaming */
export class ChatStreamReader extends ChoiceStreamReader {
  constructor() {
    super({
      object: 'chat.completion.chunk',
      around: ANSWER,
      read: (tracks, choice, track) => {
        const delta = choice.delta ?? {}
        if (!isJsonObject(delta)) throw notOfDialect('a delta that is not an object')
        return readChoice(tracks, choice, delta, track)
      },
      refuse: ({ explanation }, begun) => ({
        delta: { ...(begun ? {} : { role: 'assistant', content: null }), refusal: explanation },
      }),
      refusalId,
    })
  }
}
