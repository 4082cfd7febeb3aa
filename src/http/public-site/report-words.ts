import type { Closing, ReportKind, ReportState } from '../../intake/index.ts'
import type { Label } from '../../screening/index.ts'

/** What can be reported, as people would say it. */
export const KIND_WORDS: Readonly<Record<ReportKind, { readonly title: string; readonly note: string }>> = {
  harmful_output: { title: 'A harmful answer', note: 'A model said or did something that it should not have.' },
  safeguard_bypass: {
    title: 'A way around the safeguards',
    note: 'A prompt or a trick that lifts refusals: a jailbreak.',
  },
  security: { title: 'A security hole', note: 'In this service: its pages, its API, its accounts.' },
  misuse: { title: 'Misuse by somebody', note: 'Somebody uses a model that is served here to do harm.' },
  other: { title: 'Something else', note: 'Such as a mistake in a model card or in a promise made here.' },
}

/** Labels of the taxonomy, for people who have never seen it. */
export const CATEGORY_WORDS: Readonly<Record<Label, string>> = {
  chemical: 'Chemical weapons',
  biological: 'Biological weapons',
  radiological_nuclear: 'Radiological and nuclear weapons',
  indiscriminate_weapons: 'Other weapons of mass harm',
  cyber_operations: 'Attacks on computers and networks',
  autonomous_replication: 'A model that copies itself or evades control',
  violent_crimes: 'Violent crimes',
  non_violent_crimes: 'Other crimes, such as fraud',
  sex_crimes: 'Sexual crimes',
  child_exploitation: 'Sexual exploitation of children',
  self_harm: 'Suicide and self-harm',
  hate: 'Hate',
  privacy: 'Private data',
  defamation: 'Defamation',
  intellectual_property: 'Copied works',
  specialized_advice: 'Medical, legal or financial advice',
  sexual_content: 'Sexual content',
  general_harm: 'Other harm',
  jailbreak: 'Jailbreak',
  injection: 'Injected instructions',
  obfuscation: 'Disguised requests',
}

/** Where a report stands, for who sent it. */
export const STATE_WORDS: Readonly<Record<ReportState, { mark: string; kind: string; words: string }>> = {
  received: { mark: '◐', kind: 'watch', words: 'Received, not looked into yet' },
  triaging: { mark: '◐', kind: 'watch', words: 'Somebody looks into it' },
  confirmed: { mark: '◐', kind: 'watch', words: 'Confirmed, being mended' },
  mitigated: { mark: '✓', kind: 'holds', words: 'Mended' },
  closed: { mark: '■', kind: 'quiet', words: 'Closed' },
}

export const CLOSING_WORDS: Readonly<Record<Closing, string>> = {
  fixed: 'Closed: it was confirmed and mended',
  answered: 'Closed: it was answered',
  duplicate: 'Closed: somebody had reported it before',
  not_reproduced: 'Closed: it could not be reproduced',
  out_of_scope: 'Closed: it is out of scope',
  intended: 'Closed: it works as it is meant to',
  spam: 'Closed: it was taken for spam',
  withdrawn: 'Withdrawn by you',
}
