/** A standard field of an Airflow connection that a form can hide or relabel. */
export type StandardField = "description" | "host" | "login" | "password" | "schema" | "port" | "extra";

/** What the form of a connection type says about one standard field. */
export interface FieldForm {
  /** Airflow hides the field: hooks of this type do not use it. (A hidden `extra` only hides the free text box.) */
  readonly hidden?: true;
  /** Airflow shows this label instead of the field's own name. */
  readonly label?: string;
  readonly placeholder?: string;
  /** The field holds a secret: always `password`, elsewhere by a correction. */
  readonly secret?: true;
}

export type ExtraType = "string" | "boolean" | "integer" | "number" | "array" | "object";

/** One declared key of `extra`. */
export interface ExtraField {
  /** Airflow's own spelling, as it is written into `extra`. */
  readonly key: string;
  /** JSON types accepted, besides null. */
  readonly types: readonly ExtraType[];
  readonly label: string;
  readonly help?: string;
  /** Type of the items of an array. */
  readonly itemType?: ExtraType;
  /** The only values allowed. */
  readonly enum?: readonly (string | number)[];
  readonly default?: string | number | boolean;
  readonly placeholder?: string;
  readonly required: boolean;
  readonly secret: boolean;
  /** Why it is secret: the package says so, Airflow's masker knows the name, or catalog/corrections.py says so. */
  readonly secretBy?: "format" | "name" | "correction";
}

/** A connection type as generated. */
export interface ConnectionTypeData {
  readonly id: string;
  readonly providerPackage: string;
  readonly displayName: string;
  readonly hookClass: string;
  /** The package declares no form; Airflow takes the one of this type, from a base class of the hook. */
  readonly inheritsFormFrom?: string;
  /** Services that this type reaches, when the package lists them. */
  readonly services?: readonly string[];
  /** False when no form is known: hidden fields and extras are then unknown, not absent. */
  readonly hasForm: boolean;
  readonly fields: Readonly<Partial<Record<StandardField, FieldForm>>>;
  readonly extras: readonly ExtraField[];
  /** Lower-case keys of secret extras that no form declares. */
  readonly undeclaredSecretExtras?: readonly string[];
}

/** A provider package as generated. */
export interface ProviderData {
  readonly version: string;
  readonly name: string;
  readonly description: string;
  readonly documentationUrl: string;
}

/** Shape of catalog.generated.ts. */
export interface CatalogData {
  readonly airflowVersion: string;
  /** Airflow's own list of names whose values it masks. */
  readonly sensitiveNames: readonly string[];
  /** Provider packages that Airflow of this major version always installs. */
  readonly preinstalled: Readonly<Record<"2" | "3", readonly string[]>>;
  /** Extras of the package `apache-airflow` that are not named like the one provider they install. */
  readonly airflowExtras: Readonly<Record<string, readonly string[]>>;
  readonly providers: Readonly<Record<string, ProviderData>>;
  readonly types: readonly ConnectionTypeData[];
}
