/** The fields of an Airflow connection, in Airflow's own words, camelCased. Absent fields are not set. */
export interface ConnectionFields {
  connType: string;
  description?: string | undefined;
  host?: string | undefined;
  login?: string | undefined;
  password?: string | undefined;
  schema?: string | undefined;
  port?: number | undefined;
  extra?: Record<string, unknown> | undefined;
}

/** Field values for one Deployment: absent inherits, a value replaces, null clears; `extra` is a JSON Merge Patch. */
export type FieldOverrides = {
  [Field in Exclude<keyof ConnectionFields, "connType">]?: ConnectionFields[Field] | null;
};

/** Fields that an override may set, in the order in which they are shown. */
export const OVERRIDABLE_FIELDS = ["description", "host", "login", "password", "schema", "port", "extra"] as const;
