/** A standard field of an Airflow connection that a form can hide or relabel. */
export type StandardField = "description" | "host" | "login" | "password" | "schema" | "port" | "extra";

/** What the form of a connection type says about one standard field. */
export interface FieldForm {
  /** Airflow's form does not show the field. (A hidden `extra` only hides the free text box.) */
  readonly hidden?: true;
  /** It is hidden, and a hook of this type reads it all the same. */
  readonly read?: true;
  /** Airflow shows this label instead of the field's own name. */
  readonly label?: string;
  readonly placeholder?: string;
  /** The field holds a secret: always `password`, elsewhere by a correction. */
  readonly secret?: true;
}

export type ExtraType = "string" | "boolean" | "integer" | "number" | "array" | "object";

/** One key of `extra` that has an input of its own. */
export interface ExtraField {
  /** Airflow's own spelling, as it is written into `extra`. */
  readonly key: string;
  /**
   * Where the key is known from: absent, the form; `"code"`, what the provider's hooks look up; `"library"`, the client
   * library that extra is handed on to; else the page, below the provider's documentation.
   */
  readonly source?: string;
  /** JSON types accepted, besides null; empty when nothing is known of the type. */
  readonly types: readonly ExtraType[];
  readonly label: string;
  readonly help?: string;
  /** Type of the items of an array. */
  readonly itemType?: ExtraType;
  /** The hook converts the value to the first type, and fails where that does not work. */
  readonly converts?: true;
  /** The only values allowed; of an extra that no form declares, those that are known. */
  readonly enum?: readonly (string | number)[];
  readonly default?: string | number | boolean;
  readonly placeholder?: string;
  readonly required: boolean;
  readonly secret: boolean;
  /**
   * Why it is secret: the package says so, Airflow's masker knows the name, or catalog/corrections.py says so, which may
   * also say that a name means no secret.
   */
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
  /** Other keys of `extra` that the hooks of this type read. */
  readonly reads?: readonly string[];
  /** The hooks hand all of `extra` on to a client library: other keys may matter. */
  readonly isOpen?: true;
  /** Keys of `extra` are compared without case. */
  readonly foldsCase?: true;
  /** The `P`s for which the hooks still read the old form `extra__P__key`. */
  readonly formPrefixes?: readonly string[];
  /** Lower-case keys of secret extras that no form declares. */
  readonly undeclaredSecretExtras?: readonly string[];
}

/** A provider package as generated. */
export interface ProviderData {
  readonly version: string;
  readonly name: string;
  readonly description: string;
  readonly documentationUrl: string;
  /** Keys that code of the package looks up in some connection's `extra`: of which type is not known. */
  readonly looseKeys: readonly string[];
}

/** Shape of catalog.generated.ts. */
export interface CatalogData {
  readonly airflowVersion: string;
  /** Airflow's own list of names whose values it masks. */
  readonly sensitiveNames: readonly string[];
  /** Provider packages that Airflow of this major version always installs. */
  readonly preinstalled: Readonly<Record<2 | 3, readonly string[]>>;
  /** Extras of the package `apache-airflow` that are not named like the one provider they install. */
  readonly airflowExtras: Readonly<Record<string, readonly string[]>>;
  /** Types that Airflow knows without a provider package: id and display name. */
  readonly builtIn: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, ProviderData>>;
  readonly types: readonly ConnectionTypeData[];
}
