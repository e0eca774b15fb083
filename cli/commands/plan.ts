// `humdrum plan`: what a deploy from here would do. Builds nothing, sends humdrum.yaml alone, changes nothing.
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { renderPlan } from '../render/plan.ts'
import { askServer } from '../render/waiting.ts'
import { choose } from './deploy.ts'

export type PlanOptions = { readonly json?: true; readonly file?: string }

/** Ends with 1 where the deploy would be refused. */
export const plan = async (
  { terminal, cwd, connect }: Invocation,
  name: string | undefined,
  options: PlanOptions,
): Promise<ExitCode> => {
  const chosen = choose(cwd, name, options.file)
  const asked = connect().plan({ config: chosen.parsed.value, environment: chosen.environment })
  const view = await askServer(terminal.err, asked)
  const exit = view.refusals.length === 0 ? exitCode.well : exitCode.failure
  terminal.out.write(options.json ? `${JSON.stringify({ plan: view, exit })}\n` : renderPlan(view, terminal.out))
  return exit
}
