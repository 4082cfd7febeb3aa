/** Where the sealed words of a reproduction or of a regression case stand. */
export const SCRIPT_PART = 'script'
/** An answer that a regression case keeps. */
export const ANSWER_PART = 'answer'

export function answerPart(nth: number): string {
  return `answer/${String(nth).padStart(3, '0')}`
}

export function overrulingPart(nth: number): string {
  return `overruling/${String(nth).padStart(3, '0')}`
}
