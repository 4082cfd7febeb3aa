/**
 * Makes text unable to end or imitate the template that a guard reads it in. Servers tokenize a filled template as a whole, so control
 * tokens written out in the content would become real ones: `<|eot_id|>` would end the turn, and what follows would be the guard's
 * own voice. A space after the first character breaks such a token up while people and models still read it.
 */

/** Control tokens and section marks of every template that is used here, in any case. */
const MARKS = [
  /<(?=\|)/g, // Llama, Qwen, Granite and harmony: <|begin_of_text|>, <|im_end|>, <|end_of_role|>, <|channel|>
  /<(?=\/?(?:start_of_turn|end_of_turn|bos|eos|s|pad|unk|mask|unused\d+)>)/gi, // Gemma, Mistral
  /<(?=(?:start|end)_of_[a-z_]+>)/gi, // Granite's sections
  /<(?=(?:begin|end) [a-z ]+>)/gi, // Llama Guard's and Qwen3Guard's sections
  /<(?=\/?(?:guardian|think|no-think|score|confidence)>)/gi, // Granite Guardian
  /\[(?=\/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\])/gi,
] as const
/** Lines that would read as another turn, or as the template's own headings, where turns are told apart by such lines. */
const ROLE_LINE =
  /^([^\S\r\n]*)((?:user|agent|assistant|system|human|human user|ai assistant|human question|chatbot response|user message|assistant message|answers)[^\S\r\n]*:|---|===|###)/gim

/** Well-formed text without any of the marks; at most half longer, plus 2 characters per line. Idempotent. */
export function neutralise(text: string): string {
  let result = text.toWellFormed().replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
  for (const mark of MARKS) result = result.replace(mark, (first) => `${first} `)
  return result.replace(ROLE_LINE, '$1| $2')
}
