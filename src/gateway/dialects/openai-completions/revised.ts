import { revisedChoice } from '../revised-choice.ts'

export const revised = revisedChoice({
  idPrefix: 'cmpl',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: (text) => ({ text }),
  piece: (text) => ({ text: text ?? '' }),
})
