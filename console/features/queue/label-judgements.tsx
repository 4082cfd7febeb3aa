import { cn } from '../../components/class-names.ts'
import { Filter } from '../../components/select.tsx'
import { ALL_LABELS, type Label, labelMeaning, labelName } from '../decisions/words.ts'
import type { Draft } from './drafts.ts'

const JUDGEMENTS = ['present', 'absent', 'unsure'] as const
type Judgement = (typeof JUDGEMENTS)[number]

interface LabelJudgementsProps {
  /** What the machine found; others can be added. */
  readonly labels: readonly string[]
  readonly given: Draft['labels']
  onChange(given: Draft['labels']): void
}

/** What one sees in the text, label by label: this is what classifiers are trained on. */
export function LabelJudgements({ labels, given, onChange }: LabelJudgementsProps) {
  const shown = ALL_LABELS.filter((label) => labels.includes(label) || given[label] !== undefined)
  const others = ALL_LABELS.filter((label) => !shown.includes(label))
  const judge = (label: Label, judgement: Judgement | undefined) => {
    const { [label]: _, ...rest } = given
    onChange(judgement === undefined ? rest : { ...rest, [label]: judgement })
  }
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-xs font-medium text-quiet">Is it there?</legend>
      {shown.map((label) => (
        <div key={label} className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
          <span title={labelMeaning(label) ?? undefined}>{labelName(label)}</span>
          <span role="radiogroup" aria-label={labelName(label)} className="flex">
            {JUDGEMENTS.map((judgement) => (
              // biome-ignore lint/a11y/useSemanticElements: pressed again, it is taken back
              <button
                key={judgement}
                type="button"
                role="radio"
                aria-checked={given[label] === judgement}
                onClick={() => judge(label, given[label] === judgement ? undefined : judgement)}
                className={cn(
                  '-ml-px h-6 border px-2 text-xs first:rounded-l-md last:rounded-r-md',
                  given[label] === judgement
                    ? 'z-10 border-accent bg-accent-soft font-medium'
                    : 'border-line bg-surface text-quiet hover:text-ink',
                )}
              >
                {judgement}
              </button>
            ))}
          </span>
        </div>
      ))}
      <span className="self-start">
        <Filter<string>
          label="Also"
          value="none"
          onChange={(label) => {
            const known = ALL_LABELS.find((one) => one === label)
            if (known !== undefined) judge(known, 'present')
          }}
          choices={[
            { value: 'none', label: 'another label' },
            ...others.map((value) => ({ value, label: labelName(value), note: labelMeaning(value) ?? undefined })),
          ]}
        />
      </span>
    </fieldset>
  )
}
