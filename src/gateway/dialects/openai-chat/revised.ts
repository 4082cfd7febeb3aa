import { revisedChoice } from '../revised-choice.ts'

export const revised = revisedChoice({
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  whole: (content) => ({ message: { role: 'assistant', content, refusal: null, annotations: [] } }),
  piece: (content) => ({ delta: content === null ? {} : { role: 'assistant', content, refusal: null } }),
})
