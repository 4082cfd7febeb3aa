import { links, type Scheme } from './scheme.ts'

/** The 9 categories that Qwen3Guard names in its answers; `Jailbreak` only for prompts. */
export const QWEN3GUARD: Scheme = {
  title: 'Qwen3Guard',
  source: 'QwenLM/Qwen3Guard README and technical report (arXiv 2510.14276)',
  categories: [
    {
      id: 'Violent',
      name: 'Violence, its methods and weapons',
      links: links({
        equal: ['violent_crimes'],
        reaches: ['indiscriminate_weapons', 'chemical', 'biological', 'radiological_nuclear'],
      }),
    },
    {
      id: 'Non-violent Illegal Acts',
      name: 'Non-violent illegal acts',
      links: links({ equal: ['non_violent_crimes'], contains: ['cyber_operations'] }),
    },
    {
      id: 'Sexual Content or Sexual Acts',
      name: 'Sexual content or acts',
      links: links({ equal: ['sexual_content'], contains: ['sex_crimes'], reaches: ['child_exploitation'] }),
    },
    { id: 'PII', name: 'Personal data', links: links({ equal: ['privacy'] }) },
    { id: 'Suicide & Self-Harm', name: 'Suicide and self-harm', links: links({ equal: ['self_harm'] }) },
    {
      id: 'Unethical Acts',
      name: 'Unethical acts',
      links: links({ contains: ['hate', 'defamation'] }),
    },
    { id: 'Politically Sensitive Topics', name: 'Politically sensitive topics', links: [] },
    { id: 'Copyright Violation', name: 'Copyright violation', links: links({ equal: ['intellectual_property'] }) },
    {
      id: 'Jailbreak',
      name: 'Jailbreak',
      links: links({ equal: ['jailbreak'], reaches: ['injection', 'obfuscation'] }),
    },
  ],
}
