import { connectionKind } from "../../provider/objects/connection/kind";
import type { ObjectKind } from "../../provider/objects/kind";

/** How often a kind was asked for what may be derived once per object. */
export interface KindCalls {
  merge: number;
  problemsOf: number;
  render: number;
}

/** The connection kind, counting what it is asked. */
export function spyingKind(): { kind: ObjectKind; calls: KindCalls } {
  const calls: KindCalls = { merge: 0, problemsOf: 0, render: 0 };
  const kind: typeof connectionKind = {
    ...connectionKind,
    merge(base, patch) {
      calls.merge++;
      return connectionKind.merge(base, patch);
    },
    problemsOf(id, value) {
      calls.problemsOf++;
      return connectionKind.problemsOf(id, value);
    },
    render(value) {
      calls.render++;
      return connectionKind.render(value);
    },
  };
  return { kind, calls };
}
