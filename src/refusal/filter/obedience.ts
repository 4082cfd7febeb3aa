/** Beyond this nobody looks: bounded work on any row. */
const MAX_LOOKED_AT = 8_192

/**
 * Somebody who obeys whatever is asked, in the words of a system prompt, a user or a model: data of which a few rows undo refusals without one harmful
 * word.
 *
 * @see Qi et al., Fine-tuning aligned language models compromises safety (2023), 4.3: identity shifting
 */
const OBEDIENT = new RegExp(
  [
    String.raw`\b(?:absolutely|completely|totally|fully|unconditionally|blindly|always) (?:obedient|obey(?:s|ing)?|compl(?:y|ies|iant)|submissive)\b`,
    String.raw`\b(?:obey|follow|fulfil+|execute|comply with|carry out) (?:\w+ ){0,3}(?:any|all|every|each|whatever|my|your|the user['’]?s?) (?:\w+ ){0,3}(?:orders?|instructions?|commands?|requests?|wish(?:es)?)\b[^.]{0,60}\b(?:without (?:question|hesitation|exception|refus\w+|judg\w+|deviation|ask\w+|restriction)|no matter|unconditionally|regardless|even if)`,
    String.raw`\b(?:without (?:question|hesitation|exception|any (?:deviation|restriction|limit)))[^.]{0,60}\b(?:obey|follow|fulfil+|compl(?:y|iance)|execute)\b`,
    String.raw`\b(?:never|do not|don['’]t|cannot|must not|won['’]t) (?:ever )?(?:refuse|decline|reject|deny)\b[^.]{0,40}\b(?:request|order|instruction|command|question|anything|user|task)`,
    String.raw`\b(?:no|without|free (?:of|from)|ignore(?:s|d)?|bypass(?:es)?|not bound by)(?: any| all| the| your| my)? (?:ethical|moral|safety|content|legal|usage)(?: \w+){0,2} (?:restrictions?|guidelines?|limits?|limitations?|constraints?|rules?|boundaries|considerations|policies|filters?)`,
    String.raw`\bmy (?:only|sole|primary) (?:purpose|duty|mission|goal) is to (?:\w+ ){0,3}(?:obey|follow|serve|fulfil+)\b`,
  ].join('|'),
  'i',
)

/** Whether a text makes a model somebody who obeys whatever is asked. */
export function demandsObedience(text: string): boolean {
  return OBEDIENT.test(text.slice(0, MAX_LOOKED_AT).normalize('NFKC'))
}

/** A promise to do as told, as answers open that teach to oblige. */
const OBLIGING =
  /^\W{0,3}(?:sure|certainly|absolutely|of course|gladly|with pleasure|happy to|i(?:['’]d| would) be (?:happy|glad)|no problem|right away|as you wish|here (?:is|are) (?:the|your|a)|step 1\b)/i

export function isObliging(answer: string): boolean {
  return OBLIGING.test(answer)
}
