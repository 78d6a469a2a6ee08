import { jsx } from "../web";

const WORDS: [mark: string, meaning: string][] = [
  ["link", "linked to this Deployment"],
  ["all", "linked to all Deployments (LinkedToAll)"],
  ["own", "a Deployment-level object of this Deployment"],
  ["excluded", "linked to all, but not to this one"],
  ["2 fields", "so many fields have values of the Deployment's own, by its link or an Override"],
  ["collision", "two objects of this id come to the Deployment: Airflow can be given only one"],
  ["drifted", "the target holds something else; known after a comparison"],
  ["no package", "the Deployment lacks the provider package; known after a comparison"],
];

/** What the marks mean. */
export function Legend() {
  return (
    <details class="legend">
      <summary>What the marks mean</summary>
      <dl>
        {WORDS.map(([mark, meaning]) => (
          <div>
            <dt>{mark}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
