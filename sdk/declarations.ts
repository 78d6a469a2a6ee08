import { Declarations, type Declaration } from "../provider/resources/declaration/conflicts";
import { runningProgram } from "./program";
import { ProgramError } from "./program-error";

const programs = new WeakMap<object, Declarations>();

/**
 * Records a declaration and compares it with the earlier ones of the same run, so that a mistake the program alone
 * shows fails in the preview.
 *
 * @throws ProgramError naming both declarations and the remedy.
 */
export function declare(declaration: Declaration): void {
  const problem = declarationsOfProgram().add(declaration);
  if (problem !== undefined) throw new ProgramError(problem);
}

/**
 * The Deployments that a program gives an object to, its declarations further down included: those of the same turn of the
 * event loop, which is the whole program unless it awaits something.
 *
 * @returns undefined where it names none.
 */
export async function declaredReach(object: Declaration): Promise<string[] | undefined> {
  const declarations = declarationsOfProgram();
  await new Promise((resolve) => setImmediate(resolve));
  const names = declarations.reachOf(object);
  return names.length > 0 ? names : undefined;
}

function declarationsOfProgram(): Declarations {
  const program = runningProgram();
  const declarations = programs.get(program) ?? new Declarations();
  programs.set(program, declarations);
  return declarations;
}
