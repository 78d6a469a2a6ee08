/** The fields of an Airflow connection, in Airflow's own words, camelCased. Absent fields are not set. */
export interface ConnectionFields {
  connType: string;
  description?: string;
  host?: string;
  login?: string;
  password?: string;
  schema?: string;
  port?: number;
  extra?: Record<string, unknown>;
}

/** One connection as one Deployment gets it: base fields, then the link's overrides, then the Override's fields. */
export interface EffectiveConnection extends ConnectionFields {
  connId: string;
}

/** Field values for one Deployment: absent inherits, a value replaces, null clears; `extra` is a JSON Merge Patch. */
export type FieldOverrides = {
  [Field in Exclude<keyof ConnectionFields, "connType">]?: ConnectionFields[Field] | null;
};

/** Fields that an override may set, in the order in which they are shown. */
export const OVERRIDABLE_FIELDS = ["description", "host", "login", "password", "schema", "port", "extra"] as const;

/** All fields, in the order in which they are shown. */
export const CONNECTION_FIELDS = ["connType", ...OVERRIDABLE_FIELDS] as const;
