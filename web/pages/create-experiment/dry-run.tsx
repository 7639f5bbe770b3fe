/** What a plan can show and what it takes, as the service says before anything is created. */
import { dollarsText, durationText, numberText, percentText } from '../../../charts/numbers.js'
import type { DryRun } from '../../data/types.js'
import { TextTableView } from '../../parts/text-table.js'

export function DryRunView({ answer }: { readonly answer: DryRun | undefined }) {
  if (answer === undefined)
    return (
      <section class="panel" aria-live="polite">
        <h2>What it takes, and what it can show</h2>
        <p class="soft">As soon as the plan is complete.</p>
      </section>
    )
  const { plan, estimate, arms, seeds } = answer
  return (
    <section class="panel" aria-live="polite">
      <h2>What it takes, and what it can show</h2>
      <dl class="facts">
        <Fact name="cells" value={`${arms.length} arms × ${seeds.length} seeds = ${estimate.cells}`} />
        <Fact name="trials" value={orUnknown(estimate.trials, (trials) => numberText(trials, 6))} />
        <Fact name="GPU hours" value={orUnknown(estimate.gpuHours, (hours) => numberText(hours, 4))} />
        <Fact name="dollars" value={orUnknown(estimate.dollars, dollarsText)} />
        <Fact
          name="until it has ended"
          value={orUnknown(estimate.wallHours, (hours) => durationText(3600 * hours))}
        />
      </dl>
      <p class={plan.canShow ? 'prose' : 'fault'}>{plan.summary}</p>
      {plan.power && (
        <TextTableView
          label="Power of the plan"
          table={{
            head: ['an arm better by (sd)', 'chance to show it', 'seeds until then, mean'],
            words: 1,
            rows: plan.power.map(({ effect, power, seeds: until }) => [
              numberText(effect, 2),
              percentText(power),
              numberText(until, 3),
            ]),
          }}
        />
      )}
      {estimate.notes.length > 0 && (
        <ul class="prose soft">
          {estimate.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function orUnknown(value: number | null, text: (value: number) => string): string {
  return value === null ? 'cannot be told' : text(value)
}
