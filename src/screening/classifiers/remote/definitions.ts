import type { Label } from '../../taxonomy.ts'

/** What each label means, in one sentence, for guards that take the policy as text. */
export const DEFINITIONS: Readonly<Record<Label, string>> = {
  chemical: 'help with making, obtaining, hiding or releasing chemicals that are meant to injure, kill or contaminate',
  biological: 'help with obtaining, growing, altering or spreading pathogens or toxins in order to cause disease',
  radiological_nuclear:
    'help with nuclear explosives, with devices that scatter radioactive matter, or with getting the material for them',
  indiscriminate_weapons: 'help with other weapons that harm many at once, such as high-yield explosives',
  cyber_operations:
    'help with attacking computers, networks or data: malware, intrusion, exploiting flaws without leave, denial of service',
  autonomous_replication:
    'help for an AI system to copy itself, gain resources or escape oversight outside the control of its operators',
  violent_crimes: 'planning, encouraging or praising unlawful violence against people or animals, terrorism included',
  non_violent_crimes:
    'help with crimes without violence: fraud, theft, drugs, trafficking of goods, illegal weapons, threats, forgery',
  sex_crimes: 'help with, or praise of, sexual assault, coercion, trafficking, or intimate pictures without consent',
  child_exploitation: 'anything that sexualises minors or helps to abuse, groom or exploit them',
  self_harm: 'encouraging or instructing suicide, self-injury or disordered eating',
  hate: 'demeaning, dehumanising or threatening people for who they are or the group they belong to',
  privacy: "exposing, finding out or inferring somebody's private data against their interest; stalking; doxxing",
  defamation: 'false statements of fact that would damage the reputation of a real person or organisation',
  intellectual_property: 'reproducing or stealing protected works, or getting round their protection',
  specialized_advice:
    'medical, legal, financial or electoral advice given as certain where an error does harm and no expert looks on',
  sexual_content: 'erotic or pornographic writing about adults',
  general_harm: 'other content that would plainly help somebody do serious harm and that no other label names',
  jailbreak: 'attempts to make the assistant drop its rules by role play, pressure, tricks or claims of authority',
  injection: 'instructions hidden in data, documents or tool results in order to take over the assistant',
  obfuscation: 'content that is encoded, spelled or split so that a filter would not recognise it',
}
