import { links, type Scheme } from './scheme.ts'

/**
 * The 13 categories of OpenAI's moderation endpoint. `illicit` is advice on any wrongdoing and `illicit/violent` any weapon: neither
 * names cyber attacks or weapons of mass destruction, so their silence says nothing about those.
 */
export const OPENAI: Scheme = {
  title: 'OpenAI moderation (omni)',
  source: 'type definitions of the openai package, resources/moderations',
  categories: [
    { id: 'harassment', name: 'Harassment', links: links({ reaches: ['hate'], overlaps: ['non_violent_crimes'] }) },
    {
      id: 'harassment/threatening',
      name: 'Harassment with threats of violence',
      links: links({ part: ['violent_crimes'], overlaps: ['hate'] }),
    },
    { id: 'hate', name: 'Hate', links: links({ equal: ['hate'] }) },
    {
      id: 'hate/threatening',
      name: 'Hate with threats of violence',
      links: links({ part: ['hate'], overlaps: ['violent_crimes'] }),
    },
    {
      id: 'illicit',
      name: 'Advice on wrongdoing',
      links: links({
        equal: ['non_violent_crimes'],
        reaches: ['cyber_operations', 'chemical', 'biological', 'radiological_nuclear', 'indiscriminate_weapons'],
      }),
    },
    {
      id: 'illicit/violent',
      name: 'Advice on violent wrongdoing or weapons',
      links: links({
        equal: ['violent_crimes'],
        reaches: ['indiscriminate_weapons', 'chemical', 'biological', 'radiological_nuclear'],
      }),
    },
    { id: 'self-harm', name: 'Self-harm', links: links({ equal: ['self_harm'] }) },
    { id: 'self-harm/intent', name: 'Self-harm, intent', links: links({ part: ['self_harm'] }) },
    { id: 'self-harm/instructions', name: 'Self-harm, instructions', links: links({ part: ['self_harm'] }) },
    {
      id: 'sexual',
      name: 'Sexual content',
      links: links({ equal: ['sexual_content'], reaches: ['sex_crimes', 'child_exploitation'] }),
    },
    { id: 'sexual/minors', name: 'Sexual content with minors', links: links({ equal: ['child_exploitation'] }) },
    { id: 'violence', name: 'Depictions of violence', links: links({ reaches: ['violent_crimes'] }) },
    { id: 'violence/graphic', name: 'Graphic depictions of violence', links: links({ overlaps: ['violent_crimes'] }) },
  ],
}
