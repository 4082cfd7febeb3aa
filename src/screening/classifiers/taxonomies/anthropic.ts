import { links, type Scheme } from './scheme.ts'

/** The 14 universal standards of Anthropic's usage policy, numbered in their order. They bind uses, so several have no single text to find. */
export const ANTHROPIC: Scheme = {
  title: 'Anthropic usage policy, universal standards',
  source: 'Anthropic usage policy, effective 15 September 2025',
  categories: [
    {
      id: 'A1',
      name: 'Laws and illegal activity',
      links: links({ contains: ['non_violent_crimes'], reaches: ['intellectual_property', 'sex_crimes'] }),
    },
    { id: 'A2', name: 'Critical infrastructure', links: links({ overlaps: ['cyber_operations', 'violent_crimes'] }) },
    {
      id: 'A3',
      name: 'Computer and network compromise',
      links: links({ equal: ['cyber_operations'], overlaps: ['autonomous_replication'] }),
    },
    {
      id: 'A4',
      name: 'Weapons',
      links: links({
        contains: ['chemical', 'biological', 'radiological_nuclear', 'indiscriminate_weapons'],
        overlaps: ['non_violent_crimes', 'violent_crimes'],
      }),
    },
    { id: 'A5', name: 'Violence and hateful behaviour', links: links({ contains: ['violent_crimes', 'hate'] }) },
    { id: 'A6', name: 'Privacy and identity rights', links: links({ equal: ['privacy'], overlaps: ['sex_crimes'] }) },
    { id: 'A7', name: "Children's safety", links: links({ equal: ['child_exploitation'] }) },
    {
      id: 'A8',
      name: 'Psychologically or emotionally harmful content',
      links: links({ contains: ['self_harm'], overlaps: ['hate'] }),
    },
    { id: 'A9', name: 'Misinformation', links: links({ overlaps: ['defamation', 'specialized_advice'] }) },
    { id: 'A10', name: 'Democratic processes', links: links({ overlaps: ['specialized_advice'] }) },
    { id: 'A11', name: 'Criminal justice, censorship, surveillance', links: links({ overlaps: ['privacy'] }) },
    { id: 'A12', name: 'Fraud, abuse, predatory practices', links: links({ part: ['non_violent_crimes'] }) },
    {
      id: 'A13',
      name: 'Abuse of the platform',
      links: links({ contains: ['jailbreak'], reaches: ['injection', 'obfuscation'] }),
    },
    { id: 'A14', name: 'Sexually explicit content', links: links({ equal: ['sexual_content'] }) },
  ],
}
