import { ELSEWHERE, free, ID, LABEL, object, PADDING, pieces, text, WORD, words } from '../shape.ts'

/** A request beside its prompt and model. */
export const REQUEST = object({
  ...words(
    'n',
    'best_of',
    'stream',
    'echo',
    'logprobs',
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'seed',
    'max_tokens',
    'min_tokens',
    'presence_penalty',
    'frequency_penalty',
    'repetition_penalty',
    'logit_bias',
    'ignore_eos',
  ),
  model: ELSEWHERE,
  prompt: ELSEWHERE,
  suffix: text('text'),
  stream_options: object(words('include_usage', 'include_obfuscation')),
  stop: free('other'),
  user: ID,
})

/** What surrounds the choices of an answer. */
export const ANSWER = object({
  choices: ELSEWHERE,
  id: ID,
  object: WORD,
  created: WORD,
  model: LABEL,
  system_fingerprint: LABEL,
  service_tier: WORD,
  obfuscation: PADDING,
  usage: object(
    words('prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details', 'completion_tokens_details'),
  ),
})

export const CHOICE = object({
  ...words('index', 'finish_reason', 'stop_reason', 'native_finish_reason'),
  text: text('text'),
  logprobs: ELSEWHERE,
})

/** `top_logprobs` has tokens as its keys, and is read by hand. */
const LOGPROB_FIELDS = { ...words('text_offset', 'token_logprobs'), top_logprobs: ELSEWHERE }
export const LOGPROBS = object({ ...LOGPROB_FIELDS, tokens: pieces(text('other')) })
/** Where the tokens say the same as the text that is read anyway. */
export const LOGPROBS_BESIDE_TEXT = object({ ...LOGPROB_FIELDS, tokens: ELSEWHERE })
