import { ELSEWHERE, free, ID, LABEL, object, WORD, words } from '../shape.ts'

/** A request beside its input and model. */
export const REQUEST = object({
  ...words('encoding_format', 'dimensions', 'truncate_prompt_tokens', 'add_special_tokens', 'priority', 'stream'),
  model: ELSEWHERE,
  input: ELSEWHERE,
  user: ID,
})

/** An answer beside its embeddings. */
export const ANSWER = object({
  data: ELSEWHERE,
  id: ID,
  object: WORD,
  created: WORD,
  model: LABEL,
  usage: object(words('prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details')),
})

const PLACE = words('object', 'index')
/** Numbers are no strings; a string among them, or in their place, is text. */
export const EMBEDDING = object({ ...PLACE, embedding: free('other') })
export const EMBEDDING_IN_BASE64 = object({ ...PLACE, embedding: ELSEWHERE })
