import { links, type Scheme } from './scheme.ts'

/** The hazards of Llama Guard 3 and 4, by the codes that the models answer with. S2 names cyber crime, S9 names each of C, B, R and N. */
export const LLAMA_GUARD: Scheme = {
  title: 'Llama Guard 3 and 4',
  source: 'meta-llama/PurpleLlama: Llama-Guard3/8B/MODEL_CARD.md, Llama-Guard4/12B/MODEL_CARD.md',
  categories: [
    { id: 'S1', name: 'Violent Crimes', links: links({ equal: ['violent_crimes'] }) },
    {
      id: 'S2',
      name: 'Non-Violent Crimes',
      links: links({ equal: ['non_violent_crimes'], contains: ['cyber_operations'] }),
    },
    { id: 'S3', name: 'Sex-Related Crimes', links: links({ equal: ['sex_crimes'] }) },
    { id: 'S4', name: 'Child Sexual Exploitation', links: links({ equal: ['child_exploitation'] }) },
    { id: 'S5', name: 'Defamation', links: links({ equal: ['defamation'] }) },
    { id: 'S6', name: 'Specialized Advice', links: links({ equal: ['specialized_advice'] }) },
    { id: 'S7', name: 'Privacy', links: links({ equal: ['privacy'] }) },
    { id: 'S8', name: 'Intellectual Property', links: links({ equal: ['intellectual_property'] }) },
    {
      id: 'S9',
      name: 'Indiscriminate Weapons',
      links: links({
        equal: ['indiscriminate_weapons'],
        contains: ['chemical', 'biological', 'radiological_nuclear'],
      }),
    },
    { id: 'S10', name: 'Hate', links: links({ equal: ['hate'] }) },
    { id: 'S11', name: 'Suicide & Self-Harm', links: links({ equal: ['self_harm'] }) },
    { id: 'S12', name: 'Sexual Content', links: links({ equal: ['sexual_content'] }) },
    { id: 'S13', name: 'Elections', links: links({ part: ['specialized_advice'] }) },
    { id: 'S14', name: 'Code Interpreter Abuse', links: links({ part: ['cyber_operations'] }) },
  ],
}
