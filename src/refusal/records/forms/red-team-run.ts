import { Find, FindsHeader, RedTeamReport } from '../../redteam/index.ts'
import { KeptRedTeamRun } from '../schema.ts'
import { brief, type Form, parseLine, type RowReader, sameCount } from './form.ts'

export const redTeamForm: Form = {
  kind: 'red_team_run',
  read(value) {
    const head = parseLine(RedTeamReport, value, 1)
    return {
      head,
      about: { checkpoint: null, fixture: head.target.isSandbox, madeAt: head.ended },
      rowsDigest: head.finds.digest,
      rows: reader(head),
      kept: (common) => KeptRedTeamRun.parse({ kind: 'red_team_run', ...common, head }),
    }
  },
}

function reader({ finds }: RedTeamReport): RowReader {
  const counts = { bare: 0, guarded: 0 }
  return {
    row(value, line) {
      // The file of finds has a head of its own.
      if (line === 2 && FindsHeader.safeParse(value).success) return null
      const find = parseLine(Find, value, line)
      counts[find.side] += 1
      return {
        name: brief(find.id) ?? '',
        part: brief(find.attack),
        kind: find.objective,
        category: brief(find.category),
        outcome: find.side,
        flags: [find.phase],
      }
    },
    end() {
      sameCount('finds on the bare model', finds.bare, counts.bare)
      sameCount('finds through the safeguards', finds.guarded, counts.guarded)
    },
  }
}
