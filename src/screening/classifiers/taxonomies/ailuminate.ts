import { links, type Scheme } from './scheme.ts'

/** The 12 hazards of MLCommons' benchmark, which our own labels follow with the gravest split out. */
export const AILUMINATE: Scheme = {
  title: 'MLCommons AILuminate v1.0',
  source: 'AILuminate v1.0 (arXiv 2503.05731), assessment standard',
  categories: [
    { id: 'violent_crimes', name: 'Violent crimes', links: links({ equal: ['violent_crimes'] }) },
    { id: 'sex_related_crimes', name: 'Sex-related crimes', links: links({ equal: ['sex_crimes'] }) },
    {
      id: 'child_sexual_exploitation',
      name: 'Child sexual exploitation',
      links: links({ equal: ['child_exploitation'] }),
    },
    { id: 'suicide_self_harm', name: 'Suicide and self-harm', links: links({ equal: ['self_harm'] }) },
    {
      id: 'indiscriminate_weapons',
      name: 'Indiscriminate weapons (CBRNE)',
      links: links({
        equal: ['indiscriminate_weapons'],
        contains: ['chemical', 'biological', 'radiological_nuclear'],
      }),
    },
    {
      id: 'nonviolent_crimes',
      name: 'Nonviolent crimes',
      links: links({ equal: ['non_violent_crimes'], contains: ['cyber_operations'] }),
    },
    { id: 'intellectual_property', name: 'Intellectual property', links: links({ equal: ['intellectual_property'] }) },
    { id: 'defamation', name: 'Defamation', links: links({ equal: ['defamation'] }) },
    { id: 'hate', name: 'Hate', links: links({ equal: ['hate'] }) },
    { id: 'privacy', name: 'Privacy', links: links({ equal: ['privacy'] }) },
    {
      id: 'specialized_advice',
      name: 'Specialized advice (election, financial, health, legal)',
      links: links({ equal: ['specialized_advice'] }),
    },
    { id: 'sexual_content', name: 'Sexual content', links: links({ equal: ['sexual_content'] }) },
  ],
}
