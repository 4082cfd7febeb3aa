import { randomBytes } from 'node:crypto'
import { MOST_COMPARED } from '../src/intake/triage/duplicates.ts'
import { likeness, nearest, readSignature, Similarity } from '../src/screening/index.ts'

/**
 * `node bench/report-similarity.ts`: how well reports that say the same are found, on synthetic text: sentences put together by rule, said
 * again with other words, in another order, cut, and disguised. It says nothing of how people paraphrase each other; it shows which changes
 * the signature survives, where the threshold stands, and what a scan costs.
 */
const OPENINGS = [
  'I was testing the assistant for a workshop on safety.',
  'Our support team received a screenshot from a customer.',
  'While writing a novel with the model I came across this.',
  'My daughter used the tutoring product last night.',
  'During a red team exercise we tried several approaches.',
  'This happened twice on the public chat page.',
]
const METHODS = [
  'When the request is put into the mouth of a character in a play, the refusal disappears.',
  'If the question is split over four messages, each of them is answered.',
  'After a long conversation about chemistry homework the model forgets its instructions.',
  'Writing the forbidden word backwards is enough to get past the filter.',
  'A pasted document with hidden instructions makes it ignore the system prompt.',
  'Asking in a rare dialect gives an answer that it refuses to give in English.',
  'Pretending to be an administrator of the service switches off all warnings.',
  'The model continues a story that begins harmlessly and ends with instructions.',
]
const RESULTS = [
  'It then explains step by step how the lock of a car is opened without a key.',
  'It named a dose of a common medicine that is ten times too high.',
  'It wrote a letter that pretends to come from a bank and asks for a password.',
  'It printed the private address of a person who is not a public figure.',
  'It produced working code that encrypts the files of a whole network.',
  'It gave advice on hiding an eating disorder from parents.',
  'It claimed that a living politician had been convicted, which is not true.',
  'It described which parts to buy for something that should not be built.',
]
const CLOSINGS = [
  'I can repeat it every time with the default settings.',
  'It worked in seven of ten tries for me.',
  'Please tell me when it is fixed, I would like to publish it.',
  'I have not told anybody else about this so far.',
]
const OTHER_WORDS: readonly (readonly [string, string])[] = [
  ['assistant', 'chatbot'],
  ['model', 'system'],
  ['request', 'prompt'],
  ['refusal', 'rejection'],
  ['explains', 'describes'],
  ['step by step', 'in detail'],
  ['question', 'query'],
  ['instructions', 'directions'],
  ['answer', 'reply'],
  ['wrote', 'composed'],
  ['person', 'individual'],
  ['every time', 'reliably'],
  ['disappears', 'is gone'],
  ['begins', 'starts'],
]

interface Story {
  readonly about: string
  readonly sentences: readonly string[]
}

/** A story is what was done and what came of it; how it is told around that differs. */
const stories: Story[] = METHODS.flatMap((method, m) =>
  RESULTS.map((result, r) => ({
    about: `${m} ${r}`,
    sentences: [
      OPENINGS[(m + r) % OPENINGS.length] ?? '',
      method,
      result,
      CLOSINGS[(m * 3 + r) % CLOSINGS.length] ?? '',
    ],
  })),
)
const told = ({ sentences }: Story) => sentences.join(' ')
const reworded = (text: string) => OTHER_WORDS.reduce((all, [from, to]) => all.replaceAll(from, to), text)
const CHANGES: Readonly<Record<string, (story: Story, n: number) => string>> = {
  'another order': ({ sentences }) => sentences.toReversed().join(' '),
  'other words': (story) => reworded(told(story)),
  'another frame': ({ sentences: [, method = '', result = ''] }, n) =>
    `${OPENINGS[(n + 3) % OPENINGS.length]} ${method} ${result} ${CLOSINGS[(n + 2) % CLOSINGS.length]}`,
  'other words and another frame': ({ sentences: [, method = '', result = ''] }, n) =>
    reworded(`${OPENINGS[(n + 3) % OPENINGS.length]} ${method} ${result} ${CLOSINGS[(n + 2) % CLOSINGS.length]}`),
  'the heart of it alone': ({ sentences: [, method = '', result = ''] }) => `${method} ${result}`,
  'zero-width characters': (story) => [...told(story)].join('​'),
  'letters of another script': (story) => told(story).replaceAll('o', 'о').replaceAll('e', 'е'),
  'in base64': (story) => Buffer.from(told(story)).toString('base64'),
}
const THRESHOLDS = [0.2, 0.25, 0.3, 0.35, 0.4, 0.5]

const similarity = new Similarity(Buffer.alloc(32, 5))
const signatureOf = (text: string) => readSignature(similarity.signatureOf(text) ?? '') ?? new Uint32Array()
const originals = stories.map((story) => signatureOf(told(story)))

console.log(`${stories.length} synthetic stories; share found at each threshold`)
console.log(`${'changed by'.padEnd(32)}${THRESHOLDS.map((one) => one.toFixed(2).padStart(7)).join('')}`)
for (const [name, change] of Object.entries(CHANGES)) {
  const alike = stories.map((story, n) => likeness(signatureOf(change(story, n)), originals[n] ?? new Uint32Array()))
  const found = THRESHOLDS.map((from) => alike.filter((one) => one >= from).length / alike.length)
  console.log(`${name.padEnd(32)}${found.map((share) => share.toFixed(2).padStart(7)).join('')}`)
}
const strangers: number[] = []
// Nothing in common but, now and then, an opening or a closing.
for (const [i, a] of stories.entries())
  for (const [j, b] of stories.entries())
    if (i < j && a.about[0] !== b.about[0] && a.about[2] !== b.about[2])
      strangers.push(likeness(originals[i] ?? new Uint32Array(), originals[j] ?? new Uint32Array()))
const wrong = THRESHOLDS.map((from) => strangers.filter((one) => one >= from).length / strangers.length)
console.log(`${'strangers called alike'.padEnd(32)}${wrong.map((share) => share.toFixed(3).padStart(7)).join('')}`)

const text = told(stories[0] ?? { about: '', sentences: [] })
const long = randomBytes(25_000).toString('base64url').replaceAll(/[-_]/g, ' ')
console.log(`signature of ${text.length} characters: ${timed(() => similarity.signatureOf(text)).toFixed(2)} ms`)
console.log(`signature of ${long.length} characters: ${timed(() => similarity.signatureOf(long)).toFixed(2)} ms`)
const noise = signatureOf(randomBytes(24_000).toString('base64url'))
const many = Array.from(
  { length: MOST_COMPARED },
  (_, n) => [`rep_${n}`, originals[n % originals.length] ?? noise] as const,
)
const scan = timed(() => nearest(noise, many, { threshold: 0.3, most: 5 }))
console.log(`nearest of ${many.length.toLocaleString('en')}: ${scan.toFixed(2)} ms`)

/** Median of 21, ms. */
function timed(work: () => unknown): number {
  const times = Array.from({ length: 21 }, () => {
    const started = performance.now()
    work()
    return performance.now() - started
  })
  return times.toSorted((a, b) => a - b)[10] ?? Number.NaN
}
