/** What every field of one form knows: the whole schema, for its references, and whether anything may be changed. */
import { createContext, useContext } from "react";
import type { Json, Schema } from "@/graph/document";
import type { FieldProblem } from "./problems";

export type FormContext = { root: Schema; isDisabled: boolean };

export const FormContext = createContext<FormContext>({ root: {}, isDisabled: false });
export const useForm = (): FormContext => useContext(FormContext);

export type FieldProps = {
  name: string;
  label: string;
  schema: Schema;
  value: Json | undefined;
  /** `undefined` takes the value away: its default counts then. */
  onChange: (value: Json | undefined) => void;
  problems: FieldProblem[];
  isRequired?: boolean;
  /** In a row of a list or a table, where the label is read out only. */
  isLabelHidden?: boolean;
  suggestions?: string[];
};
