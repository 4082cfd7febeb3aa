import type { ConstitutionRecord } from '../../app/api/schema.ts'
import { Facts } from '../../components/page.tsx'
import { categoryName, flagName, percent } from './words.ts'
import { SideBySide, TextBox } from './words-of.tsx'

/** All that was made of one prompt: each revision beside what it was made of, with the critique that asked for it. */
export function RecordWords({ record, clear }: { readonly record: ConstitutionRecord; readonly clear: boolean }) {
  const { prompt, initial, rounds, pair, answer } = record
  const before = (n: number) => (n === 0 ? initial : rounds[n - 1]?.revision) ?? null
  return (
    <>
      {prompt.turns.map((turn, n) => (
        <TextBox key={n} by={`${turn.role}, turn ${n + 1}`} text={turn.text} clear={clear} />
      ))}
      {initial !== null && rounds.length === 0 && (
        <TextBox by="first answer" note={authorOf(record, initial)} text={initial.text} clear={clear} />
      )}
      {rounds.map(({ round, principle, critique, revision }, n) => (
        <div key={round} className="flex min-w-0 flex-col gap-2 border-t border-line pt-3">
          <TextBox
            by={`critique ${round}`}
            note={`principle ${principle} · ${authorOf(record, critique)}`}
            text={critique.text}
            clear={clear}
          />
          <SideBySide
            before={{ by: n === 0 ? 'first answer' : `revision ${n}`, text: before(n)?.text ?? '', clear }}
            after={{ by: `revision ${round}`, note: authorOf(record, revision), text: revision.text, clear }}
          />
        </div>
      ))}
      {pair !== null && <PairWords record={record} pair={pair} clear={clear} />}
      {pair === null && rounds.length === 0 && answer !== null && answer.text !== initial?.text && (
        <TextBox by="what it should say" note={authorOf(record, answer)} text={answer.text} clear={clear} />
      )}
    </>
  )
}

type Pair = NonNullable<ConstitutionRecord['pair']>

function PairWords({
  record,
  pair,
  clear,
}: {
  readonly record: ConstitutionRecord
  readonly pair: Pair
  readonly clear: boolean
}) {
  const { first, second, preferred, judgements } = pair
  const mark = (side: 'first' | 'second') =>
    preferred === side ? 'preferred' : preferred === null ? '' : 'not preferred'
  const note = (side: 'first' | 'second') =>
    [mark(side), authorOf(record, pair[side])].filter((part) => part !== '').join(' · ')
  return (
    <div className="flex min-w-0 flex-col gap-2 border-t border-line pt-3">
      <SideBySide
        before={{ by: 'pair, first', note: note('first'), text: first.text, clear }}
        after={{ by: 'pair, second', note: note('second'), text: second.text, clear }}
      />
      {judgements.flatMap(({ principle, reasoning }) =>
        reasoning.map((text, n) => (
          <TextBox
            key={`${principle} ${n}`}
            by={`judged by ${principle}`}
            note={n === 0 ? 'first shown first' : 'second shown first'}
            text={text}
            clear={clear}
          />
        )),
      )}
    </div>
  )
}

function authorOf(
  { provenance: { authors } }: ConstitutionRecord,
  { by, end }: { readonly by: string; readonly end: string | null },
): string {
  const author = authors[by]
  const name = author === undefined ? by : author.kind === 'person' ? 'written by a person' : author.model
  return end === 'length' ? `${name}, cut off` : name
}

/** What is known of a record without its words. */
export function RecordFacts({ record }: { readonly record: ConstitutionRecord }) {
  const { prompt, flags, dropped, pair, provenance } = record
  const left = (['sft', 'preference'] as const).flatMap((use) =>
    dropped[use].length === 0
      ? []
      : [`${use === 'sft' ? 'tuning by example' : 'pairs'}: ${dropped[use].map(flagName).join(', ')}`],
  )
  return (
    <Facts
      rows={[
        ['Prompt', `${prompt.kind}${prompt.category === null ? '' : `, ${categoryName(prompt.category)}`}`],
        ['From', `${prompt.source ?? 'not said'}; licence: ${prompt.licence ?? 'not said'}`],
        [
          'Flags',
          flags.length === 0 ? (
            <span className="text-quiet">none</span>
          ) : (
            <ul>
              {flags.map(({ flag, about }) => (
                <li key={`${flag} ${about}`}>
                  {flagName(flag)} <span className="text-quiet">{about}</span>
                </li>
              ))}
            </ul>
          ),
        ],
        ['Left out of', left.length === 0 ? <span className="text-quiet">nothing</span> : left.join('; ')],
        ...(pair?.label == null
          ? []
          : [['Label', `second is better: ${percent(pair.label.raw)}, used as ${percent(pair.label.used)}`] as const]),
        ['Made with', `seed ${provenance.seed}, policy ${provenance.policyVersion}`],
      ]}
    />
  )
}
