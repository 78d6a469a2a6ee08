import type { Child } from "hono/jsx";
import { jsx } from "../web";

/** Names and what is said of each; what is undefined is left out. */
export function Facts({ facts }: { facts: [name: string, value: Child | undefined][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** A short list. */
export function Names({ names }: { names: string[] }) {
  return (
    <ul class="names">
      {names.map((name) => (
        <li>{name}</li>
      ))}
    </ul>
  );
}

/** A heading; where a page is part of a report, further down. */
export function Heading({ level, children }: { level: 2 | 4; children?: Child }) {
  return level === 2 ? <h2>{children}</h2> : <h4>{children}</h4>;
}
