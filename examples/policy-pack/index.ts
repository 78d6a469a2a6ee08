import { PolicyPack } from "@pulumi/policy";
import {
  allowedConnectionTypes,
  noLinkedToAll,
  protectedResources,
  secretsByReference,
} from "pulumi-airflow-env/policy";

const production = { stacks: ["prod", "prod-*"] };

new PolicyPack("airflow", {
  policies: [
    allowedConnectionTypes({ types: ["postgres", "snowflake", "http", "aws"] }),
    noLinkedToAll(production),
    protectedResources(production),
    secretsByReference(production),
  ],
});
