import type { RecordedDecision, ReviewReadingInput } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export type Label = keyof NonNullable<ReviewReadingInput['labels']>

/** How hazards and methods are called among people, and what is meant by each. */
const LABELS: Record<Label, readonly [name: string, meaning: string]> = {
  chemical: ['Chemical weapons', 'making or using chemical agents against people'],
  biological: ['Biological weapons', 'making or using pathogens or toxins against people'],
  radiological_nuclear: ['Radiological and nuclear', 'radiological or nuclear weapons'],
  indiscriminate_weapons: [
    'Other weapons of mass harm',
    'explosives and other weapons that do not choose whom they hit',
  ],
  cyber_operations: ['Cyber operations', 'attacks on computers and networks'],
  autonomous_replication: ['Autonomous replication', 'a model that copies itself, gathers means or evades control'],
  violent_crimes: ['Violent crimes', 'violence against people or animals'],
  non_violent_crimes: ['Non-violent crimes', 'fraud, theft, trafficking of goods and the like'],
  sex_crimes: ['Sex crimes', 'sexual violence and exploitation of adults'],
  child_exploitation: ['Child exploitation', 'sexual abuse or exploitation of minors'],
  self_harm: ['Self-harm', 'suicide, self-injury, disordered eating'],
  hate: ['Hate', 'demeaning people for who they are'],
  privacy: ['Privacy', 'exposing what is private about a person'],
  defamation: ['Defamation', 'false claims that harm somebody’s name'],
  intellectual_property: ['Intellectual property', 'infringing copyright, marks, patents'],
  specialized_advice: ['Specialised advice', 'medical, legal, financial advice that could harm'],
  sexual_content: ['Sexual content', 'erotic content between adults'],
  general_harm: ['Other harm', 'harm that no other label names'],
  jailbreak: ['Jailbreak', 'an attempt to talk the model out of its rules'],
  injection: ['Injection', 'orders hidden in what the model was given to read'],
  obfuscation: ['Obfuscation', 'wording disguised so that it is not recognised'],
}

export const ALL_LABELS = Object.keys(LABELS) as Label[]

/** A label in words; one that this console does not know, as it is written. */
export function labelName(label: string): string {
  return label in LABELS ? LABELS[label as Label][0] : label.replaceAll('_', ' ')
}

export function labelMeaning(label: string): string | null {
  return label in LABELS ? LABELS[label as Label][1] : null
}

export type Outcome = RecordedDecision['outcome']

export const OUTCOMES: Record<Outcome, readonly [state: State, word: string, meaning: string]> = {
  allow: ['holds', 'allowed', 'passed on'],
  refuse: ['fails', 'refused', 'the policy forbids it'],
  revise: ['watch', 'revised', 'put right before it was sent, as the policy wants it'],
  cut: ['fails', 'cut', 'stopped in the middle of the answer'],
  reject: ['unknown', 'rejected', 'no valid request, or one that the account may not make'],
  error: ['unknown', 'error', 'ended in an error'],
  cancel: ['unknown', 'cancelled', 'the caller went away'],
}

/** Why an answer was refused that the policy wants revised. */
export const UNREVISED: Readonly<Record<string, string>> = {
  no_reviser: 'nobody revises here',
  begun: 'a part of it had left',
  not_plain: 'it is not one answer of plain words',
  timeout: 'it took too long',
  unavailable: 'the model that revises gave nothing whole',
  empty: 'nothing came of it',
  unchanged: 'nothing was changed',
  too_long: 'it was too long',
  still_refused: 'the revised answer is refused too',
}

export const SIDES = { prompt: 'prompt', completion: 'completion' } as const

/** Scores as they are recorded: two digits, four where two say nothing. */
export function score(value: number): string {
  return value >= 0.995 && value < 1 ? value.toFixed(4) : value.toFixed(2)
}
