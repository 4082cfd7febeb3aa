import { links, type Scheme } from './scheme.ts'

/** The 4 categories of Azure AI Content Safety; divide its severity (0 to 7) by 7 for a score. */
export const AZURE: Scheme = {
  title: 'Azure AI Content Safety',
  source: 'Microsoft Learn: Harm categories in Azure AI Content Safety',
  categories: [
    { id: 'Hate', name: 'Hate and fairness', links: links({ equal: ['hate'] }) },
    {
      id: 'Sexual',
      name: 'Sexual',
      links: links({ equal: ['sexual_content'], contains: ['sex_crimes', 'child_exploitation'] }),
    },
    {
      id: 'Violence',
      name: 'Violence',
      links: links({ equal: ['violent_crimes'], reaches: ['indiscriminate_weapons'] }),
    },
    { id: 'SelfHarm', name: 'Self-harm', links: links({ equal: ['self_harm'] }) },
  ],
}
